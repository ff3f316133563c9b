import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '@souk/testing';
import type { Instance } from '../../../tools/cli/src/instance.ts';
import type { ServiceName } from '../../../tools/cli/src/ports.ts';
import { serviceSpecs } from '../../../tools/cli/src/shop-processes.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import { infraUrlsOf, readUrls } from '../../../tools/cli/src/urls.ts';
import { instance } from './shop.ts';

/** A limit that only ends what hangs: a busy machine takes its time to start a process. */
const READY_MS = 120_000;

/** One process more of a service, beside that of the shop. */
export interface Extra {
  readonly url: string;
  readonly management: string;
  readonly pid: number;
  /** What it has written to its log so far. */
  log(): string;
  stop(): Promise<void>;
}

/** As `./souk up` starts it, on free ports, with these variables in addition; `undefined` takes one away. @throws Error when it does not become ready */
export async function startExtra(
  service: ServiceName,
  own: Readonly<Record<string, string | undefined>>,
  { shop = instance(), ports: given }: { readonly shop?: Instance; readonly ports?: TwoPorts } = {},
): Promise<Extra> {
  const spec = serviceSpecs(shop, infraUrlsOf(readUrls(shop) ?? {})).find(({ name }) => name === service);
  if (spec === undefined) throw new Error(`the shop has no ${service}`);
  const [port, management] = given ?? (await freePorts());
  const ports = { HTTP_PORT: String(port), MANAGEMENT_PORT: String(management) };
  const env = { ...spec.env, ...ports, ...own };
  const child = spawn(spec.command, spec.args, { cwd: spec.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const url = `http://127.0.0.1:${management}`;
  try {
    await waitFor(`another ${service} is ready`, READY_MS, async () => {
      if (child.exitCode !== null) return true;
      const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      return answer?.ok === true;
    });
    if (child.exitCode !== null) throw new Error(`${service} ended with ${child.exitCode}:\n${log.slice(-2_000)}`);
  } catch (error) {
    await end(child);
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    management: url,
    pid: child.pid ?? 0,
    log: () => log,
    stop: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Of the API and of the management of one process. */
type TwoPorts = readonly [number, number];

export const freePorts = async (): Promise<TwoPorts> => [await freePort(), await freePort()];
