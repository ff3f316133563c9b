import { describe, expect, it } from '@jest/globals';
import { COMMANDS, compareTopics, ORDER_EVENTS, RESERVATIONS, STOCK, type TopicFacts } from './compare-topics.ts';
import type { TopicRecord } from './topic-log.ts';

let offsets = 0;
const message = (topic: string, key: string, type: string, more: Partial<TopicRecord> = {}): TopicRecord => ({
  topic,
  partition: 3,
  offset: offsets++,
  key,
  id: `${key}/${type}/${more.version ?? ''}`,
  type,
  skus: [],
  ...more,
});
const TEA = { skus: ['TEA'] };

/** One order that was paid, its stock, and everybody who heard of it. */
const records = [
  message(ORDER_EVENTS, 'o1', 'order.placed.v1', { version: 1 }),
  message(COMMANDS, 'o1', 'reserve-stock.v1'),
  message(RESERVATIONS, 'o1', 'stock.reserved.v1', TEA),
  message(STOCK, 'TEA', 'stock.level-changed.v1', { version: 2 }),
  message(COMMANDS, 'o1', 'commit-reservation.v1'),
  message(RESERVATIONS, 'o1', 'stock.reservation-committed.v1', TEA),
  message(ORDER_EVENTS, 'o1', 'order.confirmed.v1', { version: 6 }),
  message(STOCK, 'TEA', 'stock.level-changed.v1', { version: 4 }),
];
const on = (...topics: string[]) => new Set(records.flatMap(({ topic, id }) => (topics.includes(topic) ? [id] : [])));
const sound: TopicFacts = {
  orders: [
    {
      orderId: 'o1',
      events: [
        { version: 1, type: 'placed' },
        { version: 2, type: 'stock-reserved' },
        { version: 6, type: 'confirmed' },
      ],
    },
  ],
  reservations: [{ orderId: 'o1', sku: 'TEA', state: 'committed' }],
  records,
  inboxes: new Map([
    ['order', on(RESERVATIONS)],
    ['inventory', on(COMMANDS)],
  ]),
  parked: [],
};
const found = (facts: Partial<TopicFacts>): string[] =>
  compareTopics({ ...sound, ...facts }).flatMap(({ differences }) => differences);
const without = (index: number) => records.filter((_, at) => at !== index);

describe('the check of the topics', () => {
  it('finds nothing where everything was sent and taken in', () => expect(found({})).toEqual([]));

  it('finds an event of an order that was never sent: I11-sent', () =>
    expect(found({ records: without(6) })).toEqual(['confirmed of order o1 (version 6) is not on order.events.v1']));

  it('finds an event that was sent at another version: I11-sent', () => {
    const other = message(ORDER_EVENTS, 'o1', 'order.confirmed.v1', { version: 7, id: records[6]?.id ?? '' });
    expect(found({ records: records.with(6, other) })).toHaveLength(1);
  });

  it.each([
    ['live', 2],
    ['committed', 5],
  ] as const)('finds a line that is %s and nobody was told: I11-sent', (state, index) => {
    const reservations = [{ orderId: 'o1', sku: 'TEA', state }];
    expect(found({ records: without(index), reservations })).toEqual([
      `that TEA of order o1 is ${state} is not on inventory.reservations.v1`,
    ]);
    expect(found({ reservations: [{ orderId: 'o1', sku: 'CUP', state }] })).toHaveLength(1);
  });

  it.each(['order', 'inventory'])('finds a message that %s never took in: I11-taken', (consumer) => {
    const inboxes = new Map(sound.inboxes);
    const [first = '', ...others] = sound.inboxes.get(consumer) ?? [];
    inboxes.set(consumer, new Set(others));
    expect(found({ inboxes })).toEqual([expect.stringContaining(`${consumer} has not taken in`)]);
    expect(found({ inboxes })[0]).toContain(first);
  });

  it.each(['order.cancelled.v1', 'order.return-requested.v1', ''])(
    'finds an event of an order that inventory must take in (%s), and it never did: I11-taken',
    (type) => {
      const undone = message(ORDER_EVENTS, 'o1', type, { version: 7 });
      const facts = { records: [...records, undone] };
      expect(found(facts)).toEqual([expect.stringContaining('inventory has not taken in')]);
      expect(
        found({ ...facts, inboxes: new Map(sound.inboxes).set('inventory', on(COMMANDS).add(undone.id)) }),
      ).toEqual([]);
    },
  );

  it('takes an unreadable message that was discarded for taken in, by its place: I11-taken', () => {
    const broken = message(COMMANDS, 'o1', 'reserve-stock.v1', { id: 'broken' });
    const facts = (place: string) => ({
      records: [...records, broken],
      inboxes: new Map(sound.inboxes).set('inventory', on(COMMANDS).add(place)),
    });
    expect(found(facts(`unreadable/${COMMANDS}/3/${broken.offset}/0a1b2c3d`))).toEqual([]);
    // As it was named before the bytes were added.
    expect(found(facts(`unreadable/${COMMANDS}/3/${broken.offset}`))).toEqual([]);
    const missing = ['inventory has not taken in reserve-stock.v1 for o1 (broken)'];
    expect(found(facts(`unreadable/${COMMANDS}/3/${broken.offset}0/0a1b2c3d`))).toEqual(missing);
    expect(found(facts(`unreadable/${COMMANDS}/4/${broken.offset}/0a1b2c3d`))).toEqual(missing);
    expect(found(facts(`unreadable/${ORDER_EVENTS}/3/${broken.offset}/0a1b2c3d`))).toEqual(missing);
  });

  it('tells by its id whether a message was not sent or not taken in', () => {
    const failed = (facts: Partial<TopicFacts>) =>
      compareTopics({ ...sound, ...facts }).flatMap(({ id, differences }) => (differences.length === 0 ? [] : [id]));
    expect(failed({ records: without(6) })).toEqual(['I11-sent']);
    expect(failed({ inboxes: new Map() })).toEqual(['I11-taken']);
  });

  it('finds versions of a key that came in another order: I12', () => {
    const late = message(STOCK, 'TEA', 'stock.level-changed.v1', { version: 3 });
    expect(found({ records: [...records, late] })).toEqual([
      'stock.level-changed.v1 of TEA at version 3 came after version 4',
    ]);
  });

  it('allows a repeat at any time', () => {
    const again = { ...records[0], offset: offsets++ } as TopicRecord;
    expect(found({ records: [...records, again] })).toEqual([]);
  });

  it('finds what went past a dead letter of its key, and not what waits behind it: I12', () => {
    const at = (index: number, dead: boolean) => {
      const { topic, key, partition, offset } = records[index] as TopicRecord;
      return { consumer: 'inventory', topic, key, partition, offset, dead };
    };
    expect(found({ parked: [at(1, true)] })).toEqual([
      'commit-reservation.v1 of o1 was handled by inventory before the dead letter that it follows',
    ]);
    expect(found({ parked: [at(1, true), at(4, false)] })).toEqual([]);
    expect(found({ parked: [at(4, true)] })).toEqual([]);
    expect(found({ parked: [{ ...at(1, true), key: 'o2' }] })).toEqual([]);
  });

  it('finds a key in two partitions: I12', () => {
    const astray = message(COMMANDS, 'o1', 'reserve-stock.v1', { partition: 4 });
    expect(found({ records: [...records, astray] })).toEqual([
      'inventory.commands.v1, key o1 is in partitions 3 and 4',
    ]);
  });
});
