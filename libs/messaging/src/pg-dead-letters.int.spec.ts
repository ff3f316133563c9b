import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { configureFailpoints } from '@souk/failpoints';
import type { ConsumerHost } from './consumer-host.js';
import { ConsumerLab, thing } from './consumer-lab.mother.js';
import type { PgDeadLetters } from './pg-dead-letters.js';

const FIRST = 'things.v1-0-2';

describe('CC-5: dead letters in PostgreSQL', () => {
  let lab: ConsumerLab;
  let host: ConsumerHost;
  let letters: PgDeadLetters;

  beforeAll(async () => {
    lab = await ConsumerLab.open('dead_letters');
  });
  afterAll(() => lab.db.drop());
  beforeEach(async () => {
    await lab.reset();
    host = lab.host();
    letters = lab.letters(host);
  });
  afterEach(() => void configureFailpoints(''));

  /** Message 2 of `bad` is dead, 3 and 5 wait behind it; `good` has gone on. */
  const poison = async (numbers = [2]): Promise<void> => {
    lab.before = async (key, n) => {
      if (key === 'bad' && numbers.includes(n)) throw new Error(`poison ${n}`);
    };
    await host.handle([thing('good', 1), thing('bad', 2), thing('bad', 3), thing('good', 4)]);
    await host.handle([thing('bad', 5)]);
  };
  const cure = (): void => {
    lab.before = async () => undefined;
  };

  it('are listed with their cause and what waits, and shown with their bytes', async () => {
    await poison();
    const { items, total } = await letters.list({ limit: 10 });
    expect({ items, total }).toMatchObject({
      total: 1,
      items: [
        {
          id: FIRST,
          kind: 'message',
          topic: 'things.v1',
          key: 'bad',
          type: 'thing.v1',
          messageId: 'id-2',
          cause: 'poison 2',
          attempts: 5,
          waiting: 2,
        },
      ],
    });
    expect(items[0]).not.toHaveProperty('headers');
    const shown = await letters.find(FIRST);
    expect(shown).toMatchObject({ value: '{"n":2}', encoding: 'utf8' });
    expect(shown.headers).toEqual(thing('bad', 2).headers);
    expect(await letters.list({ limit: 10, key: 'good' })).toEqual({ items: [], total: 0 });
    expect(await letters.list({ limit: 10, topic: 'others.v1' })).toEqual({ items: [], total: 0 });
  });

  it('replayed: the dead one and all behind it have their effects in order, and the key is free', async () => {
    await poison();
    cure();
    expect(await letters.replay(FIRST)).toEqual({ outcome: 'released', applied: 3, waiting: 0, blockedBy: null });
    await host.handle([thing('bad', 6)]);
    expect(await lab.effects()).toEqual(['good:1', 'good:4', 'bad:2', 'bad:3', 'bad:5', 'bad:6']);
    expect(await lab.count('parked_messages')).toBe(0);
  });

  it('replayed in vain: nothing has changed but cause and attempts', async () => {
    await poison();
    expect(await letters.replay(FIRST)).toEqual({
      outcome: 'still-dead',
      applied: 0,
      waiting: 2,
      blockedBy: { id: FIRST, cause: 'poison 2' },
    });
    expect(await letters.find(FIRST)).toMatchObject({ attempts: 6, waiting: 2 });
    expect(await lab.effects()).toEqual(['good:1', 'good:4']);
    expect(await lab.count('outbox')).toBe(1);
  });

  it('discarded: its effect never happens, those behind it go on', async () => {
    await poison();
    expect(await letters.discard(FIRST)).toEqual({ outcome: 'released', applied: 2, waiting: 0, blockedBy: null });
    // The broker hands it over once more, as after a reset of the group.
    cure();
    await host.handle([thing('bad', 2)]);
    expect(await lab.effects()).toEqual(['good:1', 'good:4', 'bad:3', 'bad:5']);
  });

  it('one that fails behind another becomes the dead letter itself, and has a copy on the topic', async () => {
    await poison([2, 5]);
    expect(await letters.discard(FIRST)).toEqual({
      outcome: 'blocked',
      applied: 1,
      waiting: 0,
      blockedBy: { id: 'things.v1-0-5', cause: 'poison 5' },
    });
    expect(await letters.find('things.v1-0-5')).toMatchObject({ cause: 'poison 5', attempts: 1 });
    expect(await lab.count('outbox')).toBe(2);
  });

  it('of two operators one settles it, the other is told that it is gone', async () => {
    await poison();
    cure();
    const both = await Promise.allSettled([letters.replay(FIRST), lab.letters().replay(FIRST)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'dead-letter-not-found', kind: 'not-found' },
    });
    expect(await lab.effects()).toEqual(['good:1', 'good:4', 'bad:2', 'bad:3', 'bad:5']);
  });

  it('whoever waits behind another is no dead letter of its own, nor is anything else', async () => {
    await poison();
    for (const id of ['things.v1-0-3', 'things.v1-0-99', 'nonsense', 'outbox-1']) {
      await expect(letters.replay(id)).rejects.toMatchObject({ code: 'dead-letter-not-found' });
      await expect(letters.find(id)).rejects.toMatchObject({ code: 'dead-letter-not-found' });
    }
  });

  it('what arrives during a replay comes after it', async () => {
    await poison();
    configureFailpoints('replay.before-commit=sleep:300');
    cure();
    const replaying = lab.letters().replay(FIRST);
    await lab.host().handle([thing('bad', 6), thing('good', 7)]);
    await replaying;
    expect((await lab.effects()).filter((effect) => effect.startsWith('bad'))).toEqual([
      'bad:2',
      'bad:3',
      'bad:5',
      'bad:6',
    ]);
    expect(await lab.count('parked_messages')).toBe(0);
  });

  it('a replay that dies before its commit has done nothing, and can be repeated', async () => {
    await poison();
    cure();
    configureFailpoints('replay.before-commit=throw@1');
    await expect(letters.replay(FIRST)).rejects.toThrow('failpoint');
    expect(await lab.effects()).toEqual(['good:1', 'good:4']);
    await letters.replay(FIRST);
    expect(await lab.effects()).toEqual(['good:1', 'good:4', 'bad:2', 'bad:3', 'bad:5']);
  });

  it('a long queue is released in parts; one that stops between them leaves a letter that can be replayed', async () => {
    lab.before = async (_key, n) => {
      if (n === 1) throw new Error('poison');
    };
    await host.handle(Array.from({ length: 450 }, (_, i) => thing('bad', i + 1)));
    cure();
    configureFailpoints('replay.after-commit=throw@2');
    await expect(letters.replay('things.v1-0-1')).rejects.toThrow('failpoint');
    expect(await lab.effects()).toHaveLength(400);
    const [rest] = (await letters.list({ limit: 10 })).items;
    expect(rest).toMatchObject({ id: 'things.v1-0-401', waiting: 49 });
    expect(await letters.replay('things.v1-0-401')).toMatchObject({ outcome: 'released', applied: 50 });
    expect(await lab.effects()).toEqual(Array.from({ length: 450 }, (_, i) => `bad:${i + 1}`));
  });

  describe('that could not be read', () => {
    const broken = thing('bad', 2, { value: Buffer.from('{"n":"two"}') });

    it('stay dead until they can be, and bytes that are no text survive', async () => {
      await host.handle([thing('bad', 1, { value: Buffer.from([0, 255]) })]);
      expect(await letters.replay('things.v1-0-1')).toMatchObject({ outcome: 'still-dead' });
      expect(await letters.find('things.v1-0-1')).toMatchObject({ value: 'AP8=', encoding: 'base64', attempts: 2 });
    });

    it('are set aside whatever they bring along, and hold up nobody', async () => {
      const nasty = '\0\uD800"\\';
      await host.handle([
        thing(nasty, 1, { headers: { [nasty]: nasty } }),
        thing(nasty, 2, { headers: { ...broken.headers, ce_id: nasty } }),
        thing('good', 3),
      ]);
      expect(await lab.effects()).toEqual(['good:3']);
      const { items } = await letters.list({ limit: 10 });
      expect(items).toMatchObject([{ id: 'things.v1-0-1', attempts: 1, waiting: 1 }]);
      expect(await letters.discard('things.v1-0-1')).toMatchObject({ outcome: 'released', applied: 1 });
    });

    it('do not keep the same message from being sent again, mended', async () => {
      await host.handle([broken]);
      await host.handle([thing('bad', 3, { headers: broken.headers, value: Buffer.from('{"n":2}') })]);
      expect(await letters.discard(FIRST)).toMatchObject({ outcome: 'released', applied: 1 });
      expect(await lab.effects()).toEqual(['bad:2']);
    });

    it('and were discarded are not given up once more when they come again', async () => {
      await host.handle([broken]);
      await letters.discard(FIRST);
      await host.handle([broken, thing('bad', 3)]);
      expect(await lab.effects()).toEqual(['bad:3']);
      expect(await lab.count('parked_messages')).toBe(0);
    });
  });

  it('what could not be published is listed among them, sent again and discarded', async () => {
    const { rows } = await lab.db.pool.query<{ id: number }>(
      `insert into outbox (lane, topic, key, headers, value) values (1, 'gone.v1', 'k', '{"ce_id":"x"}', '{}') returning id`,
    );
    const id = rows[0]?.id ?? 0;
    await lab.db.pool.query(
      `insert into outbox_parked (topic, key, outbox_id, lane, cause, next_at) values ('gone.v1', 'k', $1, 1, 'no such topic', now())`,
      [id],
    );
    await poison();
    const { items, total } = await letters.list({ limit: 10 });
    expect([items.map(({ kind }) => kind).sort(), total, await letters.count()]).toEqual([['message', 'outbox'], 2, 2]);
    expect(await letters.find(`outbox-${id}`)).toMatchObject({ cause: 'no such topic', messageId: 'x', value: '{}' });
    expect(await letters.replay(`outbox-${id}`)).toMatchObject({ outcome: 'sent-again' });
    expect(await letters.discard(`outbox-${id}`)).toMatchObject({ outcome: 'released' });
    await expect(letters.discard(`outbox-${id}`)).rejects.toMatchObject({ code: 'dead-letter-not-found' });
  });
});
