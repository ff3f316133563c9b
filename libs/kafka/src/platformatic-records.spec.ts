import { describe, expect, it } from '@jest/globals';
import { fetchedOf } from './platformatic-records.js';

const record = (offsetDelta: number, value: string | null, headers: [Buffer | null, Buffer | null][] = []) => ({
  length: 0,
  attributes: 0,
  timestampDelta: 0n,
  offsetDelta,
  key: Buffer.from('k'),
  value: value === null ? null : Buffer.from(value),
  headers,
});
const batch = (firstOffset: bigint, records: ReturnType<typeof record>[], more: object = {}) => ({
  firstOffset,
  lastOffsetDelta: records.length - 1,
  attributes: 0,
  records,
  ...more,
});
const response = (partitionIndex: number, records: object[], highWatermark = 100n) =>
  ({
    responses: [{ topicId: 'id-t', partitions: [{ partitionIndex, errorCode: 0, highWatermark, records }] }],
  }) as never;
const names = new Map([['id-t', 't']]);
const at = (offset: bigint, partition = 0) => [{ topic: 't', partition, offset }];

describe('what a fetch brought', () => {
  it('begins at the position, though the broker sends whole batches', () => {
    const [fetched] = fetchedOf(
      response(0, [batch(10n, [record(0, 'a'), record(1, 'b'), record(2, 'c')])]),
      names,
      at(11n),
    );
    expect(fetched?.records.map(({ offset, value }) => [offset, String(value)])).toEqual([
      ['11', 'b'],
      ['12', 'c'],
    ]);
    expect(fetched).toMatchObject({ topic: 't', partition: 0, nextOffset: 13n, highWatermark: 100n });
  });

  it('goes on behind a batch of which compaction left little', () => {
    const [fetched] = fetchedOf(response(0, [batch(10n, [record(3, 'd')], { lastOffsetDelta: 9 })]), names, at(10n));
    expect([fetched?.nextOffset, fetched?.records.map(({ offset }) => offset)]).toEqual([20n, ['13']]);
  });

  it('skips the marks of transactions, but goes on behind them', () => {
    const [fetched] = fetchedOf(response(0, [batch(10n, [record(0, 'mark')], { attributes: 0x20 })]), names, at(10n));
    expect([fetched?.nextOffset, fetched?.records]).toEqual([11n, []]);
  });

  it('drops a partition that nobody asked for, and one that brought nothing', () => {
    expect(fetchedOf(response(7, [batch(10n, [record(0, 'a')])]), names, at(10n))).toEqual([]);
    expect(fetchedOf(response(0, []), names, at(10n))).toEqual([]);
  });

  it('takes headers and values as they come: none, empty, not text', () => {
    const headers: [Buffer | null, Buffer | null][] = [
      [Buffer.from('ce_id'), Buffer.from('1')],
      [Buffer.from('nothing'), null],
    ];
    const [fetched] = fetchedOf(response(0, [batch(0n, [record(0, null, headers)])]), names, at(0n));
    expect(fetched?.records).toEqual([
      { topic: 't', partition: 0, offset: '0', key: 'k', headers: { ce_id: '1', nothing: '' }, value: null },
    ]);
  });
});
