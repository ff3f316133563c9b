import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { REPO_ROOT } from '../../../tools/cli/src/home.ts';
import { openInstance } from '../../../tools/cli/src/instance.ts';
import { ask } from '../../../tools/cli/src/supervisor/launch.ts';

/** The instance that crash tests own: ports and data of its own, deleted before and after. */
export const INSTANCE = process.env.SOUK_TEST_INSTANCE ?? 'test';
/** An instance of another name needs ports that nobody else has. */
const PORTS = process.env.SOUK_TEST_PORT_BASE ? ['--port-base', process.env.SOUK_TEST_PORT_BASE] : [];

/** Our processes; the servers below them are others'. */
export const SERVICES = [
  'gateway',
  'catalog',
  'inventory',
  'order',
  'order-query',
  'recommendation',
  'payment',
  'identity',
  'ambassador',
  'trace-store',
] as const;

export interface ProcessLine {
  name: string;
  kind: 'infra' | 'service' | 'telemetry' | 'supervisor' | 'external';
  pid: number | null;
  health: string;
  restarts: number;
}

export interface SoukResult {
  exitCode: number;
  /** The JSON object of the last line. */
  result: Record<string, unknown>;
  output: string;
}

/** What the caller's shell says of servers, the instance and its shape is not for this one. */
const OF_OTHERS = ['KAFKA_URL', 'PG_URL', 'MONGO_URL', 'VALKEY_URL', 'SOUK_INSTANCE', 'SOUK_GATEKEEPER'];

/** The environment for `./souk … --instance test`. */
export const ownEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_OTHERS.includes(name)));

/** Runs `./souk … --instance test --json`. */
export async function souk(...args: string[]): Promise<SoukResult> {
  const ports = args[0] === 'up' ? PORTS : [];
  const child = spawn(join(REPO_ROOT, 'souk'), [...args, ...ports, '--instance', INSTANCE, '--json'], {
    env: ownEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
  return { exitCode, result: lastObject(stdout), output: stdout + stderr };
}

/** As `souk`, but a failure is an error with all of the output. */
export async function soukOk(...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, result, output } = await souk(...args);
  if (exitCode !== 0) throw new Error(`./souk ${args.join(' ')} failed with ${exitCode}:\n${output}`);
  return result;
}

/**
 * Ends the instance and deletes its data. Services whose data goes need not take leave of anybody, which takes them seconds: they are
 * killed, and their supervisor hears of it before it starts them again.
 */
export async function purge(): Promise<void> {
  const instance = openInstance(INSTANCE);
  const running = (await ask(instance, { op: 'status' }))?.processes ?? [];
  const services = running.filter(({ kind, pid }) => kind === 'service' && pid !== null);
  for (const { pid } of services) kill(pid);
  if (services.length > 0) await ask(instance, { op: 'stop', names: services.map(({ name }) => name) });
  await soukOk('down', '--purge');
}

function kill(pid: number | null): void {
  try {
    if (pid !== null) process.kill(pid, 'SIGKILL');
  } catch {
    // It went between the look and the signal.
  }
}

/** Whether they are well or not: while something is down, `status` fails with the same lines. */
export async function processes(): Promise<ProcessLine[]> {
  const { result, output } = await souk('status');
  if (!Array.isArray(result['processes'])) throw new Error(`./souk status named no processes:\n${output}`);
  return result['processes'] as ProcessLine[];
}

function lastObject(stdout: string): Record<string, unknown> {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
}
