import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { formatLogLine } from '../log-format.ts';
import { soukCommand } from '../souk-command.ts';
import { lastLines } from '../system/files.ts';
import { ask } from './launch.ts';
import type { ProcessStatus } from './process-spec.ts';

const GIVES_UP_AFTER_DEATHS = 3;

/** Waits until the named processes are ready; fails early, with the end of the log, for one that keeps dying. */
export async function waitReady(
  instance: Instance,
  names: readonly string[],
  timeoutMs: number,
): Promise<ProcessStatus[]> {
  const deadline = Date.now() + timeoutMs;
  const deathsBefore = new Map<string, number>();
  for (;;) {
    const all = (await ask(instance, { op: 'status' }))?.processes ?? [];
    const chosen = all.filter((one) => names.includes(one.name));
    const refusing = chosen.find(({ hasRefused }) => hasRefused);
    if (refusing) throw failure(instance, refusing, 'its configuration is wrong, and it is not started again');
    const dying = chosen.find((one) => one.restarts - noted(deathsBefore, one) >= GIVES_UP_AFTER_DEATHS);
    if (dying) throw failure(instance, dying, `it keeps dying (${dying.lastExit ?? 'exit unknown'})`);
    const waiting = chosen.filter((one) => one.health !== 'ready');
    if (chosen.length === names.length && waiting.length === 0) return chosen;
    if (Date.now() > deadline) throw timeoutOf(instance, names, waiting, timeoutMs);
    await sleep(50);
  }
}

function noted(deaths: Map<string, number>, { name, restarts }: ProcessStatus): number {
  if (!deaths.has(name)) deaths.set(name, restarts);
  return deaths.get(name) ?? restarts;
}

function timeoutOf(
  instance: Instance,
  names: readonly string[],
  waiting: readonly ProcessStatus[],
  timeoutMs: number,
): CliError {
  const first = waiting[0];
  if (first) return failure(instance, first, `not ready after ${Math.round(timeoutMs / 1000)} s`);
  const fix = `run ${soukCommand(instance.name, 'up')} again`;
  return new CliError(`${names.join(', ')} did not start`, 'the supervisor does not know them', fix);
}

function failure(instance: Instance, one: ProcessStatus, why: string): CliError {
  const tail = lastLines(one.logFile, 4).map((line) => `\n       ${formatLogLine(line).slice(0, 300)}`);
  return new CliError(
    `${one.name} did not start`,
    `${why}; end of its log:${tail.join('') || ' (empty)'}`,
    soukCommand(instance.name, `logs ${one.name}`),
  );
}
