import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { WayBack } from '../run/journal.ts';
import { endSessions } from '../stores/postgres.ts';
import { type StoredUndo, undo } from './undo.ts';

/** A session ends with the runner, too, if the server notices; this ends it at once, whoever undoes. */
export function endOf(what: string): { mark: string; wayBack: WayBack } {
  const mark = `${what} ${randomUUID()}`;
  return {
    mark,
    wayBack: { undo: 'end-sessions', with: { mark }, says: `end the database sessions that are there for ${what}` },
  };
}

export const SESSION_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'end-sessions': undo({
    parameters: z.object({ mark: z.string().min(8) }),
    run: async (target, { mark }) => void (await endSessions(target, mark)),
  }),
};
