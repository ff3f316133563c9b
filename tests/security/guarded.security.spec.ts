import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHECKS } from './doors.ts';
import { type Door, openGuardedDoor } from './support/door.ts';
import { send } from './support/send.ts';
import { bearer } from './support/tokens.ts';

const OPEN_MS = 240_000;
const TRIAL_MS = 120_000;

describe('with the gatekeeper in a process of its own', () => {
  let door: Door;
  beforeAll(async () => {
    door = await openGuardedDoor();
  }, OPEN_MS);
  afterAll(() => door?.close());

  it('GK-1 what is in order goes through', async () => {
    const { status } = await send(door.url, '/api/cart', { headers: bearer(await door.tokens.user('alice')) });
    expect([status, door.echo.arrivals.length]).toEqual([200, 1]);
  });

  it.each(CHECKS.filter(({ behind }) => behind === 'echo'))(
    'GK-1 the same holds: $name',
    async ({ look }) => {
      door.echo.forget();
      expect(await look(door)).toEqual([]);
    },
    TRIAL_MS,
  );
});
