import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { REPO_ROOT } from '../../../cli/src/home.ts';
import type { Fault } from './fault.ts';
import { carrying, endMarked, markOf } from './marks.ts';
import { saysNames } from './parameters.ts';

const WITHIN_MS = 120_000;
const run = promisify(execFile);

/** What an operator may send off twice: each is to do its work once, or wait for the other. */
const COMMANDS = {
  migrate: ['migrate'],
  rebuild: ['rebuild', 'order-query'],
  'replay-dead-letters': ['dlq', 'replay', '--all'],
} as const;
type CommandName = keyof typeof COMMANDS;
const NAMES = Object.keys(COMMANDS) as [CommandName, ...CommandName[]];

const parameters = z.strictObject({ commands: z.array(z.enum(NAMES)).min(1).default(['migrate', 'rebuild']) });
type Parameters = z.output<typeof parameters>;

/** Impatience, two people, a script that is started from two windows. Those that fail are counted as `own.commands.failed`. */
export const commandsTwice: Fault<Parameters> = {
  kind: 'commands-twice',
  summary: 'commands for operators are run twice at the same time',
  on: ['host'],
  parameters,
  says: ({ commands }) => `${saysNames(commands)} run twice at once`,
  async inject({ target, journal, until, background, count, note }, { commands }) {
    const mark = markOf(target.context.instance, 'commands');
    // Where the runner dies before they are through: they would go on in a shop that is taken for healed.
    await journal.before(endMarked(mark, `end ${saysNames(commands)}`, { mayEnd: true }));
    const twice = async (name: CommandName): Promise<void> => {
      const endings = await Promise.all([1, 2].map(() => ending(target.context.instance, name, { until, mark })));
      for (const failure of endings.filter((one) => one !== undefined)) {
        count('commands.failed');
        note(`${name}: ${failure}`);
      }
      count('commands.run', endings.length);
    };
    const all = async (): Promise<void> => {
      for (const name of commands) if (!until.aborted) await twice(name);
      note(`${saysNames(commands)} run twice`);
    };
    count('commands.failed', 0);
    background(all());
  },
};

/** Why it failed; undefined where it did its work. One that is not through when the fault ends is broken off, and has failed. */
async function ending(
  instance: string,
  name: CommandName,
  { until: signal, mark }: { until: AbortSignal; mark: string },
): Promise<string | undefined> {
  const args = [...COMMANDS[name], '--instance', instance, '--json'];
  try {
    const env = { ...process.env, ...carrying(mark) };
    await run(join(REPO_ROOT, 'souk'), args, { env, signal, timeout: WITHIN_MS, maxBuffer: 16 * 1024 * 1024 });
    return undefined;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return (
      `${stdout.trim().split('\n').at(-1) ?? ''} ${stderr.trim().split('\n').at(-1) ?? ''}`.trim() || String(error)
    );
  }
}
