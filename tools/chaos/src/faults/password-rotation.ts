import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { DatabaseName } from '../../../cli/src/infra/databases.ts';
import { openInstance } from '../../../cli/src/instance.ts';
import { isRotating, rotateDatabase } from '../../../cli/src/rotation/database.ts';
import { rememberLogins } from '../../../cli/src/rotation/remember-logins.ts';
import { databaseName } from '../stores/postgres.ts';
import { rotating } from '../stores/rotating.ts';
import type { Target } from '../target/target.ts';
import type { Fault } from './fault.ts';
import { type StoredUndo, undo } from './undo.ts';

/** Longer than any statement (5 s) keeps a connection; those that only listen are ended then. */
const DRAIN_MS = 6_000;

const parameters = z.strictObject({ database: databaseName });
type Parameters = z.output<typeof parameters>;

/** A new password by which a service logs in; the one before is good for nothing any more. There is no way back, only to the end (`own.rotations.done`). */
export const passwordRotation: Fault<Parameters> = {
  kind: 'password-rotation',
  summary: 'the database password of a service is rotated under load',
  on: ['host', 'k8s'],
  parameters,
  says: ({ database }) => `the database password of ${database} rotated`,
  async inject({ target, journal, background, count, note }, { database }) {
    await journal.before({
      undo: 'finish-password-rotation',
      with: { database },
      says: `finish the rotation of ${database}'s password, where it was begun`,
    });
    const done = rotating(target, async () => {
      const { login, locked } = await rotate(target, database);
      count('rotations.done');
      note(`${database} logs in as ${login}, ${locked} is locked`);
    });
    background(done);
  },
};

async function rotate({ kind, context, place }: Target, database: DatabaseName) {
  const result = await rotateDatabase({
    place,
    database,
    newPassword: () => randomBytes(24).toString('hex'),
    drainMs: DRAIN_MS,
    step: (_title, work) => work(),
  });
  // On the host env.json names the login in use.
  if (kind === 'host') rememberLogins(openInstance(context.instance));
  return result;
}

export const PASSWORD_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'finish-password-rotation': undo({
    parameters: z.object({ database: databaseName }),
    run: (target, { database }) =>
      rotating(target, async (place) => {
        if (await isRotating(place, database)) await rotate(target, database);
      }),
  }),
};
