import { z } from 'zod';
import { openInstance } from '../../../cli/src/instance.ts';
import { ask } from '../../../cli/src/supervisor/launch.ts';
import { identityOf, signal } from '../../../cli/src/system/process-identity.ts';
import type { Fault } from './fault.ts';
import { type StoredUndo, undo } from './undo.ts';

const parameters = z.strictObject({});

/** Everything dies at once, stores and brokers too; what comes back finds what the others have kept. */
export const powerCut: Fault<Record<string, never>> = {
  kind: 'power-cut',
  summary: 'kill -9 of everything at once, also of what would start it again',
  on: ['host'],
  parameters,
  says: () => 'kill -9 of everything at once',
  inject: async ({ target, journal, note }) => {
    const running = (await target.processes()).filter(({ pid }) => pid !== null);
    const processes = running.map(({ name }) => name);
    await journal.before({ undo: 'power-on', with: { processes }, says: 'start everything again' });
    const answer = await ask(openInstance(target.context.instance), { op: 'status' });
    if (answer === undefined) throw new Error('there is no supervisor to kill');
    // The supervisor first, so that it starts nobody while others still die.
    const supervisor = { pid: answer.supervisorPid, startTime: answer.supervisorStartTime ?? null };
    const identities = [supervisor, ...answer.processes].flatMap((one) => identityOf(one) ?? []);
    for (const identity of identities) signal(identity, 'SIGKILL');
    note(`${identities.length} processes killed`);
  },
};

export const POWER_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'power-on': undo({
    parameters: z.object({ processes: z.array(z.string()) }),
    run: async (target, { processes }) => {
      await Promise.all(processes.map((name) => target.start(name)));
    },
  }),
};
