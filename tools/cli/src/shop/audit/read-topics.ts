import { AUDITED_TOPICS, type ParkedMessage, type TopicFacts } from './compare-topics.ts';
import type { Facts } from './facts.ts';
import { withSnapshot } from './read-ledgers.ts';
import { endsOf, type Positions, TopicLog } from './topic-log.ts';

type Urls = Readonly<Record<string, string>>;
const CONSUMERS = ['order', 'inventory'] as const;

/** What a consumer has taken in or set aside. */
const TAKEN_IN = `
  select message_id as id from inbox where consumer = $1
  union select headers->>'ce_id' from parked_messages where consumer = $1 and headers ? 'ce_id'`;

const PARKED = `
  select consumer, topic, key, partition, kafka_offset::float8 as "offset", dead from parked_messages where consumer = $1`;

/** Looks at the topics and at what was made of them; stays connected, so that a second look reads only what is new. */
export class TopicAudit {
  readonly #urls: Urls;
  readonly #log: TopicLog;

  private constructor(urls: Urls, from?: Positions) {
    this.#urls = urls;
    this.#log = new TopicLog(urls.KAFKA_URL ?? '', AUDITED_TOPICS, from);
  }

  /** @param from where to begin, without it with the first messages */
  static async open(urls: Urls, from?: Positions): Promise<TopicAudit> {
    const audit = new TopicAudit(urls, from);
    try {
      await audit.#log.open();
      return audit;
    } catch (error) {
      // One half may be connected already, and would keep the process alive.
      await audit.close().catch(() => undefined);
      throw error;
    }
  }

  /** The topics are read before the inboxes: what is not in an inbox then was there to be taken in. */
  async look({ orders, reservations }: Pick<Facts, 'orders' | 'reservations'>): Promise<TopicFacts> {
    const records = [...(await this.#log.readToEnd())];
    const consumers = await Promise.all(CONSUMERS.map((consumer) => readConsumer(this.#urls, consumer)));
    return {
      orders,
      reservations,
      records,
      inboxes: new Map(consumers.map(({ consumer, ids }) => [consumer, ids])),
      parked: consumers.flatMap(({ parked }) => parked),
    };
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** Where messages of from now on will stand, for `TopicAudit.open`. */
export const positionsNow = (urls: Urls): Promise<Positions> => endsOf(urls.KAFKA_URL ?? '', AUDITED_TOPICS);

function readConsumer(urls: Urls, consumer: (typeof CONSUMERS)[number]) {
  return withSnapshot(urls, consumer.toUpperCase(), async (client) => {
    const taken = await client.query<{ id: string }>(TAKEN_IN, [consumer]);
    const parked = await client.query<ParkedMessage>(PARKED, [consumer]);
    return { consumer, ids: new Set(taken.rows.map(({ id }) => id)), parked: parked.rows };
  });
}
