import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { changeSettings } from './config-change.ts';
import type { Fault } from './fault.ts';

const parameters = z.strictObject({
  upstream: z.string().regex(/^[a-z][a-z-]{0,30}$/),
  /** Per cent of the callers. */
  weight: z.int().min(1).max(100).default(10),
  /** What the new version answers whatever is asked. */
  answers: z.int().min(500).max(599).default(500),
});
type Parameters = z.output<typeof parameters>;

/** A new version is let in for some callers, and everything that it answers is an error. */
export const canaryBad: Fault<Parameters> = {
  kind: 'canary-bad',
  summary: 'a bad version of a service gets a share of the callers',
  on: ['host'],
  parameters,
  says: ({ upstream, weight, answers }) => `${weight} % of the callers meet a ${upstream} that answers ${answers}`,
  async inject(injecting, { upstream, weight, answers }) {
    const { server, url } = await badVersion(answers);
    const end = (): void => {
      server.close();
      server.closeAllConnections();
    };
    injecting.until.addEventListener('abort', end, { once: true });
    // It may have been aborted while the server was being opened.
    if (injecting.until.aborted) return end();
    const canary = { version: 'chaos', urls: [url], weight };
    await changeSettings(injecting, { [`routes.upstreams.${upstream}.canary`]: canary });
  },
};

/** It ends with the run, whoever dies: then nobody gets through to the new version, and the gateway asks the old one. */
async function badVersion(status: number) {
  const problem = JSON.stringify({ type: 'about:blank', title: 'A bad version', status, code: 'internal' });
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json' }).end(problem);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}
