import type { Comparison } from './checks.ts';
import type { OrderFact, ReservationFact } from './facts.ts';
import type { TopicRecord } from './topic-log.ts';

export const ORDER_EVENTS = 'order.events.v1';
export const RESERVATIONS = 'inventory.reservations.v1';
export const COMMANDS = 'inventory.commands.v1';
export const STOCK = 'inventory.stock.v1';
export const AUDITED_TOPICS = [ORDER_EVENTS, RESERVATIONS, COMMANDS, STOCK];

/** Of an order's events those by which stock comes back; a message without a type is nobody's, and everybody's dead letter. */
const UNDOES = new Set(['order.cancelled.v1', 'order.return-requested.v1', '']);

/** Who takes in what, with one inbox row a message. */
const READERS: readonly { consumer: string; takes: (record: TopicRecord) => boolean }[] = [
  { consumer: 'order', takes: ({ topic }) => topic === RESERVATIONS },
  {
    consumer: 'inventory',
    takes: ({ topic, type }) => topic === COMMANDS || (topic === ORDER_EVENTS && UNDOES.has(type)),
  },
];

/** The events of an order that others hear of, by the name they have in the stream. */
const PUBLIC = new Set(['placed', 'rejected', 'confirmed', 'cancelled', 'shipped', 'return-requested', 'refunded']);

/** The message that tells of a line in this state; a rejected line is told of in more than one way. */
const TELLS: Readonly<Partial<Record<ReservationFact['state'], string>>> = {
  live: 'stock.reserved.v1',
  committed: 'stock.reservation-committed.v1',
  released: 'stock.reservation-released.v1',
  expired: 'stock.reservation-expired.v1',
  returned: 'stock.returned.v1',
};

export interface ParkedMessage {
  readonly consumer: string;
  readonly topic: string;
  readonly key: string;
  readonly partition: number;
  readonly offset: number;
  readonly dead: boolean;
}

/** What the services have written down of what they sent and received. */
export interface TopicFacts {
  readonly orders: readonly Pick<OrderFact, 'orderId' | 'events'>[];
  readonly reservations: readonly Pick<ReservationFact, 'orderId' | 'sku' | 'state'>[];
  readonly records: readonly TopicRecord[];
  /** Message ids by consumer: those in its inbox, and those that it has set aside. */
  readonly inboxes: ReadonlyMap<string, ReadonlySet<string>>;
  /** What consumers have set aside; a dead letter holds up what comes after it with its key. */
  readonly parked: readonly ParkedMessage[];
}

/** I11-sent, I11-taken and I12: what was committed was sent, what was sent was taken in, and each key in its order. Pure. */
export function compareTopics(facts: TopicFacts): Comparison[] {
  const compared = `${facts.records.length} messages`;
  return [
    {
      id: 'I11-sent',
      what: 'what was decided was sent',
      compared,
      differences: [...unsentEvents(facts), ...untold(facts)],
    },
    { id: 'I11-taken', what: 'what was sent was taken in', compared, differences: notTakenIn(facts) },
    {
      id: 'I12',
      what: 'each key in its order',
      compared,
      differences: [...turned(facts), ...scattered(facts), ...overtaken(facts)],
    },
  ];
}

function unsentEvents({ orders, records }: TopicFacts): string[] {
  const sent = new Set(
    records.flatMap(({ topic, key, type, version }) => (topic === ORDER_EVENTS ? `${key} ${version} ${type}` : [])),
  );
  return orders.flatMap(({ orderId, events }) =>
    events.flatMap(({ version, type }) =>
      !PUBLIC.has(type) || sent.has(`${orderId} ${version} order.${type}.v1`)
        ? []
        : [`${type} of order ${orderId} (version ${version}) is not on ${ORDER_EVENTS}`],
    ),
  );
}

function untold({ reservations, records }: TopicFacts): string[] {
  const sent = new Set(
    records.flatMap(({ topic, key, type, skus }) =>
      topic === RESERVATIONS ? skus.map((sku) => `${key} ${sku} ${type}`) : [],
    ),
  );
  return reservations.flatMap(({ orderId, sku, state }) => {
    const type = TELLS[state];
    return type === undefined || sent.has(`${orderId} ${sku} ${type}`)
      ? []
      : [`that ${sku} of order ${orderId} is ${state} is not on ${RESERVATIONS}`];
  });
}

function notTakenIn({ records, inboxes }: TopicFacts): string[] {
  return READERS.flatMap(({ consumer, takes }) => {
    const inbox = inboxes.get(consumer) ?? new Set<string>();
    const unreadable = unreadablePlaces(inbox);
    return records.flatMap((record) => {
      const { key, id, type } = record;
      return !takes(record) || id === '' || inbox.has(id) || unreadable.has(placeOf(record))
        ? []
        : [`${consumer} has not taken in ${type || 'a message'} for ${key} (${id})`];
    });
  });
}

const UNREADABLE = 'unreadable';

const placeOf = ({ topic, partition, offset }: TopicRecord): string => `${UNREADABLE}/${topic}/${partition}/${offset}`;

/**
 * Inbox rows of dead letters that could not be read are named `unreadable/topic/partition/offset/bytes` (consumer-host.ts of
 * libs/messaging). They stay when an operator discards the letter: it was taken in, and given up.
 */
const unreadablePlaces = (inbox: ReadonlySet<string>): Set<string> =>
  new Set([...inbox].filter((id) => id.startsWith(`${UNREADABLE}/`)).map((id) => id.split('/', 4).join('/')));

/** A repeat may come at any time; what comes for the first time must be newer than all before. */
function turned({ records }: TopicFacts): string[] {
  const inOrder = records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  const newest = new Map<string, number>();
  const seen = new Set<string>();
  return inOrder.flatMap(({ topic, key, id, type, version }) => {
    if (version === undefined || seen.has(`${topic} ${id}`)) return [];
    seen.add(`${topic} ${id}`);
    const place = `${topic} ${key}`;
    const before = newest.get(place) ?? 0;
    newest.set(place, Math.max(before, version));
    return version > before ? [] : [`${type} of ${key} at version ${version} came after version ${before}`];
  });
}

function overtaken({ records, inboxes, parked }: TopicFacts): string[] {
  const place = ({ topic, partition, offset }: Pick<TopicRecord, 'topic' | 'partition' | 'offset'>) =>
    `${topic} ${partition} ${offset}`;
  return parked
    .filter(({ dead }) => dead)
    .flatMap(({ consumer, topic, key, offset }) => {
      const waiting = new Set(parked.flatMap((one) => (one.consumer === consumer ? [place(one)] : [])));
      const later = records.filter(
        (record) =>
          record.topic === topic && record.key === key && record.offset > offset && !waiting.has(place(record)),
      );
      return later
        .filter(({ id }) => inboxes.get(consumer)?.has(id))
        .map(({ type }) => `${type} of ${key} was handled by ${consumer} before the dead letter that it follows`);
    });
}

function scattered({ records }: TopicFacts): string[] {
  const partitions = new Map<string, Set<number>>();
  for (const { topic, key, partition } of records) {
    const place = `${topic}, key ${key}`;
    partitions.set(place, (partitions.get(place) ?? new Set()).add(partition));
  }
  return [...partitions].flatMap(([place, found]) =>
    found.size > 1 ? [`${place} is in partitions ${[...found].join(' and ')}`] : [],
  );
}
