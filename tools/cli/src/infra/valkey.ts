import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { StepReport } from '../output.ts';
import { secret } from '../secrets.ts';
import { command } from '../supervisor/launch.ts';
import { answers } from '../supervisor/probe.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { waitReady } from '../supervisor/wait.ts';
import { writeFileAtomically } from '../system/files.ts';
import { portIsFree } from '../system/port-holder.ts';
import { composeSpec, prepareValkeyContainer } from './compose.ts';
import { INFRA_TABLE } from './infra-table.ts';
import { childEnv } from './java.ts';
import { fetchValkey, valkeyOnMachine } from './valkey-binary.ts';
import type { ValkeyBinary } from './valkey-binary.ts';
import { ownValkeyUrl, valkeyProbe } from './valkey-url.ts';

const READY_WITHIN_MS = 10_000;

/** `why`: what is the matter with it; without a URL there is none. */
export interface ProvidedValkey {
  readonly url?: string;
  readonly why?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Valkey, or a Redis in its place: by VALKEY_URL; in a container where the instance has containers; as a program of this machine, or
 * fetched with apt. The shop works without: nothing here fails, it only says why there is none.
 */
export async function startValkey(instance: Instance, env: Environment, report: StepReport): Promise<ProvidedValkey> {
  const provided = await (env.VALKEY_URL ? given(env.VALKEY_URL) : own(instance, report)).catch(
    (error: unknown): ProvidedValkey => ({ why: describeError(error).why }),
  );
  if (provided.why !== undefined) report.result(`none, limits and caches are per process: ${provided.why}`);
  return provided;
}

async function given(url: string): Promise<ProvidedValkey> {
  if (!URL.canParse(url)) return { why: 'VALKEY_URL is no URL' };
  const { host, probe } = valkeyProbe(url);
  // It may come back: its clients look for it all the time.
  return (await answers(probe, 2_000, host)) ? { url } : { url, why: `${host}:${probe.port} does not answer yet` };
}

async function own(instance: Instance, report: StepReport): Promise<ProvidedValkey> {
  const port = instance.ports.of.valkey;
  const isOurs = (await command(instance, { op: 'status' })).processes.some(
    ({ name, health }) => name === 'valkey' && health !== 'stopped',
  );
  if (!isOurs && !(await portIsFree(port))) return { why: `port ${port} is taken` };
  const spec = await valkeySpec(instance, () => report.doing('fetching redis-server with apt-get download'));
  await command(instance, { op: 'start', specs: [spec] });
  try {
    await waitReady(instance, ['valkey'], READY_WITHIN_MS);
  } catch (error) {
    await command(instance, { op: 'stop', names: ['valkey'] });
    throw error;
  }
  return { url: ownValkeyUrl(instance) };
}

/** How to run the server. @throws CliError when there is none to be had */
export async function valkeySpec(instance: Instance, onFetch: () => void): Promise<ProcessSpec> {
  if (instance.infra === 'compose') {
    await prepareValkeyContainer(instance);
    return composeSpec(instance, 'valkey');
  }
  return binarySpec(instance, valkeyOnMachine() ?? (await fetchValkey(instance.home, onFetch)));
}

function binarySpec(instance: Instance, { path, libraries }: ValkeyBinary): ProcessSpec {
  const cwd = join(instance.dataDir, 'valkey');
  mkdirSync(cwd, { recursive: true, mode: 0o700 });
  const config = join(cwd, 'valkey.conf');
  const password = secret(instance.secretsDir, 'valkey');
  writeFileAtomically(config, valkeyConfig(instance.ports.of.valkey, password), 0o600);
  const port = instance.ports.of.valkey;
  return {
    name: 'valkey',
    kind: 'infra',
    command: path,
    args: [config],
    cwd,
    env: childEnv(libraries.length > 0 ? { LD_LIBRARY_PATH: libraries.join(':') } : {}),
    logFile: join(instance.logsDir, 'valkey.log'),
    port,
    probe: { protocol: 'valkey', port },
    stopSignal: 'SIGTERM',
    stopGraceMs: 5_000,
    fingerprint: '',
  };
}

/** What is in it can be lost: counters of seconds and copies of what is stored elsewhere. */
export function valkeyConfig(port: number, password: string): string {
  const settings = Object.entries(INFRA_TABLE.valkey.settings).map(([name, value]) => `${name} ${value}`);
  return ['bind 127.0.0.1', `port ${port}`, `requirepass ${password}`, ...settings, ''].join('\n');
}
