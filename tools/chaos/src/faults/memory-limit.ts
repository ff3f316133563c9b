import { z } from 'zod';
import type { Fault, Injecting } from './fault.ts';
import { processName } from './parameters.ts';
import { paused } from './repeat.ts';
import { limitAgain, memoryOf, requirePrlimit, setLimit } from './resource-limits.ts';
import { mustRun, runningNow } from './ways-back.ts';

const MIB = 1_048_576;
const LOOK_EVERY_MS = 250;

const parameters = z.strictObject({
  process: processName,
  /** MiB that it may still get, beyond what it has when the fault begins; below 0 it may not even get back what it gives back. */
  room: z.number().min(-1_024).max(4_096).default(0),
  /** Whether its next lives have that limit, too, like a container; else it is well again after its death. */
  everyLife: z.boolean().default(false),
});
type Parameters = z.output<typeof parameters>;

/**
 * What asks for more gets none: V8 and the JVM die of that at once. Unlike a cgroup's, this limit can be set by everybody for what is
 * theirs.
 */
export const memoryLimit: Fault<Parameters> = {
  kind: 'memory-limit',
  summary: 'a process gets no more memory, and dies where it needs some',
  on: ['host'],
  parameters,
  says: ({ process, room, everyLife }) => `${process} ${saysRoom(room)}${everyLife ? ', in every life' : ''}`,
  prepare: requirePrlimit,
  inject: async (injecting, { process, room, everyLife }) => {
    const { target, journal, background } = injecting;
    await journal.before(await limitAgain(target, process, 'data'));
    const { pid } = await mustRun(target, process);
    const bytes = memoryOf(pid) + room * MIB;
    await setLimit(pid, 'data', bytes);
    if (everyLife) background(limitNextLives(injecting, process, { pid, bytes }));
  },
};

function saysRoom(room: number): string {
  if (room < 0) return `may have ${-room} MiB less memory than it has`;
  return `gets ${room === 0 ? 'no' : `only ${room} MiB`} more memory`;
}

async function limitNextLives(
  { target, until, note }: Injecting,
  process: string,
  { pid, bytes }: { pid: number; bytes: number },
): Promise<void> {
  let limited = pid;
  while (await paused(LOOK_EVERY_MS, until)) {
    const running = await runningNow(target, process);
    if (running === undefined || running.pid === limited || until.aborted) continue;
    // It may be dying of something else meanwhile.
    await setLimit(running.pid, 'data', bytes).catch(() => undefined);
    limited = running.pid;
    note(`${process} lives again, with the same limit`);
  }
}
