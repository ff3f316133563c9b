import { describe, expect, it } from '@jest/globals';
import { type ProducerRecord, RecordRefused } from '@souk/kafka';
import { sendApart } from './outbox-send.js';

const row = (value: string, topic = 't') => ({ topic, key: value[0] ?? '', headers: {}, value });

/** Refuses what `bad` says, as a whole as brokers do; keeps what it took and counts the calls. */
function aBroker(bad: (record: ProducerRecord) => boolean, error: (index: number) => Error) {
  const taken: string[] = [];
  let calls = 0;
  const send = async (records: readonly ProducerRecord[]): Promise<void> => {
    calls += 1;
    const index = records.findIndex(bad);
    if (index >= 0) throw error(index);
    taken.push(...records.map(({ value }) => value));
  };
  return { taken, send, calls: () => calls };
}
const anonymous = () => new RecordRefused('too large');
const values = (rows: readonly { value: string }[]) => rows.map(({ value }) => value);

describe('sending outbox rows', () => {
  it('takes one call when nothing is wrong', async () => {
    const broker = aBroker(() => false, anonymous);
    const { sent, refused } = await sendApart(
      broker,
      ['a1', 'b1'].map((value) => row(value)),
    );
    expect([values(sent), refused, broker.calls()]).toEqual([['a1', 'b1'], [], 1]);
  });

  it.each([
    ['without being told', anonymous],
    ['told by the client', (index: number) => new RecordRefused('too large', index)],
    ['told wrongly', () => new RecordRefused('too large', 99)],
  ])('finds the refused row %s, and holds back what follows it in its key alone', async (_, error) => {
    const broker = aBroker(({ value }) => value === 'b2', error);
    const rows = ['a1', 'b1', 'a2', 'b2', 'c1', 'b3', 'a3'].map((value) => row(value));
    const { sent, refused } = await sendApart(broker, rows);
    expect(values(sent).toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'c1']);
    expect(refused).toEqual([{ row: row('b2'), cause: 'too large' }]);
    expect(broker.taken.filter((value) => value.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
  });

  it('holds back the first row of every key of a topic that is refused, at the cost of one call', async () => {
    const missing = () => new RecordRefused('unknown topic', undefined, { topic: 'gone' });
    const broker = aBroker(({ topic }) => topic === 'gone', missing);
    const rows = [row('a1'), row('a2', 'gone'), row('b1', 'gone'), row('a3', 'gone'), row('a4')];
    const { sent, refused } = await sendApart(broker, rows);
    expect(values(sent)).toEqual(['a1', 'a4']);
    expect(values(refused.map(({ row }) => row))).toEqual(['a2', 'b1']);
    expect(broker.calls()).toBe(2);
  });

  it('sends the other topics whole when it does not know which one is to blame', async () => {
    const broker = aBroker(({ topic }) => topic === 'gone', anonymous);
    const { sent } = await sendApart(broker, [row('a1'), row('b1', 'gone'), row('c1'), row('d1', 'here')]);
    expect(values(sent)).toEqual(['a1', 'c1', 'd1']);
  });

  it('leaves the rest for later when too much is refused', async () => {
    const broker = aBroker(
      () => true,
      (index) => new RecordRefused('no', index),
    );
    const keys = Array.from({ length: 30 }, (_, n) => String.fromCharCode(97 + n));
    const { sent, refused } = await sendApart(
      broker,
      keys.map((key) => row(key)),
    );
    expect([sent.length, refused.length]).toEqual([0, 20]);
  });

  it('passes on an error that says nothing about a row', async () => {
    const broker = aBroker(
      () => true,
      () => new Error('broker away'),
    );
    await expect(sendApart(broker, [row('a1'), row('b1')])).rejects.toThrow('broker away');
    expect(broker.calls()).toBe(1);
  });
});
