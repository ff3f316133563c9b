import { z } from 'zod';
import type { Fault } from './fault.ts';
import { processName } from './parameters.ts';
import { filesOf, limitAgain, limitWithRoom, requirePrlimit, setLimit } from './resource-limits.ts';
import { mustRun } from './ways-back.ts';

const parameters = z.strictObject({
  process: processName,
  /** Files and sockets that it may still open, beyond those that it has when the fault begins. */
  room: z.number().int().min(0).max(10_000).default(0),
});
type Parameters = z.output<typeof parameters>;

/** EMFILE: new connections are neither taken nor made, those that stand go on. */
export const fdLimit: Fault<Parameters> = {
  kind: 'fd-limit',
  summary: 'a process can open no more files and sockets',
  on: ['host'],
  parameters,
  says: ({ process, room }) => `${process} opens ${room === 0 ? 'no' : `only ${room}`} more files and sockets`,
  prepare: requirePrlimit,
  inject: async ({ target, journal, note }, { process, room }) => {
    await journal.before(await limitAgain(target, process, 'nofile'));
    const { pid } = await mustRun(target, process);
    const open = filesOf(pid);
    await setLimit(pid, 'nofile', limitWithRoom(open, room));
    note(`${process} has ${open.length} files and sockets open`);
  },
};
