import { beforeEach, describe, expect, it } from '@jest/globals';
import type { KafkaRecord } from '@souk/kafka';
import { bounded } from './dead-letter.js';
import { INBOX_ID, PgParkingLot } from './parking.js';
import type { PgTx } from '@souk/outbox';

interface Row {
  readonly key: string;
  readonly place: string;
  readonly headers: Record<string, string>;
}

/** `parked_messages` as far as its unique index goes; an inbox that knows nothing. */
class TableInMemory {
  readonly rows: Row[] = [];
  /** Parameters of the look-up of keys. */
  asked: unknown[] = [];

  readonly query = async (given: string | { values: unknown[] }, values: unknown[] = []): Promise<object> => {
    if (typeof given !== 'string') {
      this.asked = given.values;
      return { rows: this.rows.map(({ key }) => ({ topic: 'things.v1', key })) };
    }
    if (given.includes('insert into parked_messages')) return { rowCount: this.#insert(values) };
    if (given.includes('insert into inbox')) return { rowCount: 1 };
    const found = this.rows.find(({ place }) => place === values.slice(1, 4).join('/'));
    return { rows: found ? [{ name: found.headers[INBOX_ID] ?? found.headers['ce_id'] ?? null }] : [] };
  };

  #insert([, topic, key, partition, offset, headers]: unknown[]): number {
    const place = [topic, partition, offset].join('/');
    if (this.rows.some((row) => row.place === place)) return 0;
    this.rows.push({ key: String(key), place, headers: JSON.parse(String(headers)) as Row['headers'] });
    return 1;
  }
}

const message = (id: string, key = 'k'): KafkaRecord => ({
  topic: 'things.v1',
  partition: 0,
  offset: '7',
  key,
  headers: { ce_id: id },
  value: Buffer.from('{}'),
});

describe('the parking lot', () => {
  const lot = new PgParkingLot();
  let table: TableInMemory;
  let tx: PgTx;
  beforeEach(() => {
    table = new TableInMemory();
    tx = table as unknown as PgTx;
  });
  const parked = (): (string | undefined)[][] => table.rows.map(({ place, headers }) => [place, headers['ce_id']]);

  it('stores what comes twice once', async () => {
    await lot.park(tx, 'c', message('a'));
    await lot.park(tx, 'c', message('a'));
    expect(parked()).toEqual([['things.v1/0/7', 'a']]);
  });

  it('loses neither of two messages at one place: the topic was made anew', async () => {
    for (const id of ['a', 'b', 'c', 'b']) await lot.park(tx, 'c', message(id));
    expect(parked()).toEqual([
      ['things.v1/0/7', 'a'],
      ['things.v1/0/07', 'b'],
      ['things.v1/0/007', 'c'],
    ]);
  });

  it('tells unreadable ones at one place apart by the name the inbox has for them', async () => {
    const failure = { cause: 'poison', attempts: 1, firstAt: new Date(0), lastAt: new Date(0) };
    for (const messageId of ['unreadable/x', 'unreadable/y', 'unreadable/x']) {
      const dead = { messageId, failure, topic: 'dlq.v1' };
      const asDead = {
        ...tx,
        query: (given: string | { name?: string }, values?: unknown[]) =>
          typeof given !== 'string' && given.name === 'outbox-insert'
            ? { rows: [] }
            : table.query(given as string, values),
      };
      await lot.giveUp(asDead as unknown as PgTx, 'c', message('same'), dead);
    }
    expect(table.rows.map(({ headers }) => headers[INBOX_ID])).toEqual(['unreadable/x', 'unreadable/y']);
  });

  it('finds a key again that is too long for an index', async () => {
    const long = 'k'.repeat(4_096);
    await lot.park(tx, 'c', message('a', long));
    const isParked = await lot.parkedKeys(tx, 'c', [message('b', long)]);
    expect([isParked(message('b', long)), isParked(message('b', `${long}k`))]).toEqual([true, false]);
    expect(table.asked[2]).toEqual([bounded(long)]);
  });
});
