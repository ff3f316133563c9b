import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase, waitFor } from '@souk/testing';
import pg from 'pg';
import { insertOutbox } from './outbox.js';
import { LaneOutboxRelay } from './outbox-relay.js';
import { anEvent, drained, quiet, RecordingProducer, sent } from './test/outbox.mother.js';

describe('the rounds of the relay', () => {
  let db: TestDatabase;
  let producer: RecordingProducer;
  let relay: LaneOutboxRelay;
  /** Names of the statements, in order. */
  let asked: string[];
  /** What happens between the answer of a `relay-next` and its reader. */
  let looked: () => Promise<void>;
  /** How the session of the relay goes about `relay-next`. */
  let plans: Promise<string>[];

  beforeAll(async () => {
    db = await createTestDatabase('rounds', join(import.meta.dirname, '../sql'));
  });
  afterAll(() => db.drop());
  beforeEach(() => {
    [asked, plans] = [[], []];
    producer = new RecordingProducer();
    relay = aRelay(2);
    looked = () => Promise.resolve();
    const { query } = pg.Client.prototype;
    jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
      const [statement] = args;
      const result: unknown = Reflect.apply(query, this, args);
      const name = typeof statement === 'object' && statement !== null && 'name' in statement ? statement.name : '';
      asked.push(String(name));
      if (name === 'relay-next') plans.push(explained(this, statement as pg.QueryConfig));
      return name === 'relay-next' ? Promise.resolve(result).then((rows) => looked().then(() => rows)) : result;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await relay.stop();
  });

  const aRelay = (batch: number) =>
    new LaneOutboxRelay({ pool: db.pool, producer, logger: quiet, pollMs: 60_000, batch });

  const explained = async (client: pg.Client, { text, values }: pg.QueryConfig): Promise<string> =>
    JSON.stringify((await client.query({ text: `explain ${text}`, values: values ?? [] })).rows);

  /** Reads and deletes from the first thing that was found on, without the look that the relay takes once a second. */
  const rounds = (): string[] => {
    const all = asked.filter((name) => name === 'relay-parked' || /^relay-(read|next)/.test(name));
    const own = all.filter((name, i) => name !== 'relay-parked' && all[i - 1] !== 'relay-parked');
    return all.includes('relay-next') ? own : [];
  };

  it('ask the database once each: what deletes a round finds the next', async () => {
    await insertOutbox(
      db.pool,
      ['a', 'b', 'c', 'd', 'e'].flatMap((key) => anEvent(key)),
    );
    await relay.start();
    await drained(db.pool);
    expect(producer.values).toEqual(['"a"', '"b"', '"c"', '"d"', '"e"']);
    expect(rounds()).toEqual(['relay-next', 'relay-next', 'relay-next']);
  });

  it('take what was committed during a send without being woken for it again', async () => {
    producer.before = async () => {
      producer.before = () => Promise.resolve();
      await insertOutbox(db.pool, anEvent('during'));
      relay.wake();
    };
    await insertOutbox(db.pool, anEvent('before'));
    await relay.start();
    await drained(db.pool);
    await insertOutbox(db.pool, anEvent('after'));
    relay.wake();
    await sent(producer, 'after');
    await drained(db.pool);
    expect(producer.values).toEqual(['"before"', '"during"', '"after"']);
    expect(rounds()).toEqual(['relay-next', 'relay-next', 'relay-read', 'relay-next']);
  });

  it('end when the lanes are lost: neither deletes the relay nor does it read on', async () => {
    await db.pool.query('truncate outbox');
    await insertOutbox(
      db.pool,
      ['x', 'y', 'z'].flatMap((key) => anEvent(key)),
    );
    producer.before = async () => {
      producer.before = () => Promise.resolve();
      await db.pool.query('update relay_lanes set epoch = epoch + 1');
    };
    await relay.start();
    const untilItLooksAgain = () => asked.lastIndexOf('relay-parked') > asked.indexOf('relay-next');
    await waitFor(() => asked.includes('relay-next') && untilItLooksAgain(), {
      what: 'the next beat',
    });
    expect(rounds().length).toBeLessThan(10); // what it cannot delete it would find again at once, and send it, for ever
    expect((await db.pool.query('select from outbox')).rowCount).toBe(3);
    await relay.stop();
    await db.pool.query('truncate outbox');
  });

  it('never read the table as a whole, whatever is known of it', async () => {
    await insertOutbox(db.pool, Array.from({ length: 5_000 }, (_, n) => anEvent(`gone ${n}`)).flat());
    await db.pool.query('alter table outbox set (autovacuum_enabled = false)');
    await db.pool.query('delete from outbox where id not in (select id from outbox order by id desc limit 6)');
    await db.pool.query('analyze outbox');
    relay = aRelay(500); // more than there are: no plan is cheaper because it may end early
    await relay.start();
    await drained(db.pool);
    const [plan] = await Promise.all(plans);
    expect(plan).toContain('Index Scan using outbox_pkey on outbox o ');
    expect(plan).not.toMatch(/Seq Scan on outbox/);
  });

  it('go on when the wake-up comes between their last look and their sleep', async () => {
    await relay.start();
    let found = '';
    // By itself it looks once a second: what met such a look is tried again, and says nothing.
    for (let n = 0; n < 10 && found === ''; n++) {
      let mark = 0;
      looked = async () => {
        looked = () => Promise.resolve();
        await insertOutbox(db.pool, anEvent(`late ${n}`));
        mark = asked.length;
        relay.wake();
      };
      await insertOutbox(db.pool, anEvent(`early ${n}`));
      relay.wake();
      await sent(producer, `late ${n}`);
      if (!asked.slice(mark).includes('relay-members')) found = `late ${n}`;
    }
    expect(found).toMatch(/^late/);
  });
});
