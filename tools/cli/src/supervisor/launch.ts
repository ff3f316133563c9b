import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { lastLines } from '../system/files.ts';
import { withLock } from '../system/lock.ts';
import { bootId } from '../system/process-identity.ts';
import { askSupervisor } from './control.ts';
import type { ControlAnswer, ControlRequest } from './control.ts';
import { openLog } from './log-file.ts';
import { readState, socketFile, supervisorLog } from './state.ts';

const STARTS_WITHIN_MS = 10_000;
/** A supervisor only watches; small pools keep it near 40 MB. */
const NODE_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=1', '--no-warnings'];

/** The supervisor's answer, or undefined when none runs. */
export function ask(instance: Instance, request: ControlRequest): Promise<ControlAnswer | undefined> {
  return askSupervisor(socketFile(instance.dir), request);
}

/** Asks the supervisor and starts one first if none runs; a new one adopts what still lives. */
export async function command(instance: Instance, request: ControlRequest): Promise<ControlAnswer> {
  await ensureSupervisor(instance);
  const answer = await ask(instance, request);
  if (answer) return answer;
  throw new CliError(
    'the supervisor went away',
    `it does not answer on ${socketFile(instance.dir)}`,
    `look at ${logFile(instance)} and run again`,
  );
}

/** Asks a running supervisor; if it died and left processes behind, a new one adopts them first. */
export async function askOrAdopt(instance: Instance): Promise<ControlAnswer | undefined> {
  const answer = await ask(instance, { op: 'status' });
  if (answer) return answer;
  const orphans = readState(instance.dir, bootId()).processes.some((record) => record.wanted);
  return orphans ? command(instance, { op: 'status' }) : undefined;
}

const starting = new Map<string, Promise<void>>();

/** Once at a time: of two that find none, each would start one. */
function ensureSupervisor(instance: Instance): Promise<void> {
  const { dir } = instance;
  const started = starting.get(dir) ?? startAlone(instance).finally(() => starting.delete(dir));
  starting.set(dir, started);
  return started;
}

/** The two may be two commands: the lock is held until the new one answers. */
async function startAlone(instance: Instance): Promise<void> {
  if (await ask(instance, { op: 'status' })) return;
  await withLock(join(instance.dir, 'supervisor.lock'), () => startUnlessThere(instance));
}

async function startUnlessThere(instance: Instance): Promise<void> {
  if (await ask(instance, { op: 'status' })) return;
  const log = openLog(logFile(instance));
  await warmCompileCache();
  const main = join(import.meta.dirname, 'main.mjs');
  const env = pick(['PATH', 'HOME', 'TZ', 'NODE_COMPILE_CACHE']);
  const child = spawn(process.execPath, [...NODE_FLAGS, main, instance.dir], {
    cwd: instance.dir,
    env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const deadline = Date.now() + STARTS_WITHIN_MS;
  while (!(await ask(instance, { op: 'status' }))) {
    if (Date.now() > deadline || child.exitCode !== null) {
      throw new CliError(
        'the supervisor did not start',
        lastLines(logFile(instance), 3).join(' ') || 'it left no message',
        `look at ${logFile(instance)}`,
      );
    }
    await sleep(25);
  }
}

/** With its modules in the compile cache, the supervisor never loads the type stripper: 30 MB less for its whole life. */
async function warmCompileCache(): Promise<void> {
  await import('./serve.ts');
  flushCompileCache();
}

function pick(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function logFile(instance: Instance): string {
  return supervisorLog(instance.logsDir);
}
