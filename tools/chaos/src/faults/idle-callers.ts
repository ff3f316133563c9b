import { Agent, request } from 'node:http';
import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { publicPath } from './callers.ts';
import type { Fault, Injecting } from './fault.ts';
import { saysTime } from './parameters.ts';
import { paused } from './repeat.ts';

const ANSWERS_WITHIN_MS = 15_000;

const parameters = z.strictObject({
  connections: z.number().int().min(1).max(300),
  /** Between an answer and the next request on the same connection. */
  idle: seconds.pipe(z.number().min(100).max(70_000)).default(4_000),
  /** It is so much shorter or longer, each time another. */
  spread: seconds.pipe(z.number().max(5_000)).default(100),
  path: publicPath.default('/api/products?pageSize=5'),
});
type Parameters = z.output<typeof parameters>;

/**
 * Connections on which somebody asks just when whoever is behind them may close them for being idle: a request that meets a closing
 * connection is lost. Counts `own.idle.asked` and `own.idle.failed` (no answer, or a server's fault).
 */
export const idleCallers: Fault<Parameters> = {
  kind: 'idle-callers',
  summary: 'connections are silent for so long that they may be closed at the moment of the next request',
  on: ['host', 'k8s'],
  parameters,
  says: ({ connections, idle, spread }) =>
    `${connections} connections that are silent for ${saysTime(idle)} ± ${saysTime(spread)} between requests`,
  inject: async (injecting, { connections, ...wish }) => {
    injecting.count('idle.asked', 0);
    injecting.count('idle.failed', 0);
    injecting.background(Promise.all(Array.from({ length: connections }, () => again(injecting, wish))));
  },
};

async function again(
  { target, until, random, count }: Injecting,
  wish: Omit<Parameters, 'connections'>,
): Promise<void> {
  const { idle, spread, path } = wish;
  const url = new URL(path, target.context.gatewayUrl);
  // One connection, kept for as long as the other side does.
  const agent = new Agent({ keepAlive: true });
  do {
    const status = await ask(url, agent);
    count('idle.asked');
    if (status === 0 || status >= 500) count('idle.failed');
  } while (await paused(idle + (2 * random() - 1) * spread, until));
  agent.destroy();
}

function ask(url: URL, agent: Agent): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(url, { agent, timeout: ANSWERS_WITHIN_MS }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0)).on('error', () => resolve(0));
    });
    asked.on('timeout', () => asked.destroy()).on('error', () => resolve(0));
    asked.end();
  });
}
