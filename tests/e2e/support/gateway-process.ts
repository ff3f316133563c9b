import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@souk/testing';
import { openInstance } from '../../../tools/cli/src/instance.ts';
import { serviceSpecs } from '../../../tools/cli/src/shop-processes.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import { infraUrlsOf, readUrls } from '../../../tools/cli/src/urls.ts';

const READY_MS = 20_000;

/** One gateway more in front of the running shop, with settings of its own. */
export interface GatewayProcess {
  readonly url: string;
  /** Of its metrics. */
  metrics(): Promise<string>;
  stop(): Promise<void>;
}

/** As `./souk up` starts it, on free ports. @throws Error when it does not become ready */
export async function startGatewayProcess(settings: Readonly<Record<string, unknown>>): Promise<GatewayProcess> {
  const instance = openInstance(process.env.SOUK_INSTANCE ?? 'default');
  const spec = serviceSpecs(instance, infraUrlsOf(readUrls(instance) ?? {})).find(({ name }) => name === 'gateway');
  if (spec === undefined) throw new Error('the shop has no gateway');
  const dir = mkdtempSync(join(tmpdir(), 'gateway-'));
  const file = join(dir, 'settings.yaml');
  writeFileSync(file, JSON.stringify(settings));
  const [port, management] = [await freePort(), await freePort()];
  const own = {
    HTTP_PORT: String(port),
    MANAGEMENT_PORT: String(management),
    LIVE_SETTINGS_FILE: file,
    LOG_LEVEL: 'fatal',
  };
  const child = spawn(spec.command, spec.args, { cwd: spec.cwd, env: { ...spec.env, ...own }, stdio: 'ignore' });
  const ask = (path: string) => fetch(`http://127.0.0.1:${management}${path}`, { signal: AbortSignal.timeout(2_000) });
  await waitFor('another gateway is ready', READY_MS, async () => {
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
    return (await ask('/readyz').catch(() => undefined))?.ok === true;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    metrics: async () => (await ask('/metrics')).text(),
    stop: async () => {
      await end(child);
      rmSync(dir, { recursive: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
