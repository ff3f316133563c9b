import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { readersOf } from '../stores/consumer-groups.ts';
import { brokersOf, type Message, produce } from '../stores/kafka.ts';
import { openOrders } from '../stores/order-database.ts';
import { giveUp } from './dead-letters.ts';
import type { Fault, Injecting } from './fault.ts';
import { drawn } from './parameters.ts';
import { topicName } from './topics.ts';

const KINDS = ['bytes', 'wrong-shape', 'huge', 'unknown-type'] as const;
type Kind = (typeof KINDS)[number];

const parameters = z.strictObject({
  topic: topicName,
  /** Of each so many; `unknown-type` is a message of a release to come, which is no fault of anybody. */
  kinds: z.array(z.enum(KINDS)).min(1).default(['bytes', 'wrong-shape', 'huge']),
  count: z.int().min(1).max(50).default(1),
  /** Type of the messages whose data is wrong: one that the readers of the topic know. */
  type: z.string().min(1).max(100),
  /** `new`: nobody else's. `running`: of orders that are under way, whose later messages then wait behind it. */
  key: z.enum(['new', 'running']).default('new'),
});
type Parameters = z.output<typeof parameters>;
const UNDER_WAY_WITHIN_MS = 10_000;

/** What nobody can handle, between messages that matter. Counts `own.messages.poisoned`. */
export const kafkaPoison: Fault<Parameters> = {
  kind: 'kafka-poison',
  summary: 'messages that cannot be handled: no JSON, another shape, nearly 1 MiB, a type of tomorrow',
  on: ['host', 'k8s'],
  parameters,
  says: ({ topic, kinds, count, key }) =>
    `${kinds.length * count} poisoned messages on ${topic}${key === 'running' ? ', with keys of running orders' : ''}`,
  async inject(injecting, { topic, kinds, count, type, key }) {
    const { target, journal, note } = injecting;
    const wanted = Array.from({ length: count }, () => kinds).flat();
    const keys = key === 'new' ? wanted.map(() => randomUUID()) : await runningKeys(injecting, wanted.length);
    const messages = keys.map((one, index) => poisoned(wanted[index] ?? 'bytes', type, one));
    for (const group of readersOf(topic)) await journal.before(giveUp(group, topic, keys));
    for (const batch of batchesOf(messages)) await produce(brokersOf(target), topic, batch);
    injecting.count('messages.poisoned', messages.length);
    note(`${messages.length} poisoned messages sent to ${topic}`);
  },
};

/** So many different ones; an order is under way for a moment only, so they are gathered as they come. */
async function runningKeys({ target, random }: Injecting, count: number): Promise<string[]> {
  const found = new Set<string>();
  const look = async (): Promise<boolean> => {
    for (const orderId of drawn(await openOrders(target, 50), count - found.size, random)) found.add(orderId);
    return found.size === count;
  };
  await waitFor(`${count} orders are under way`, UNDER_WAY_WITHIN_MS, look, 20);
  return [...found];
}

/** Each of the huge ones alone: two of them in one batch are more than a broker takes. */
function batchesOf(messages: readonly Message[]): (readonly Message[])[] {
  const { huge = [], small = [] } = Object.groupBy(messages, ({ value }) => (value === BODIES.huge ? 'huge' : 'small'));
  return [...(small.length > 0 ? [small] : []), ...huge.map((one) => [one])];
}

const BODIES: Readonly<Record<Kind, string | Buffer>> = {
  bytes: Buffer.from([0, 1, 0xff, 0xfe]),
  'wrong-shape': '{"orderId":7}',
  huge: JSON.stringify({ much: 'x'.repeat(900_000) }),
  'unknown-type': '{"wrapped":true}',
};

export function poisoned(kind: Kind, type: string, key: string): Message {
  const headers = {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_type: kind === 'unknown-type' ? 'order.gift-wrapped.v9' : type,
    ce_source: '/souk/chaos',
    ce_subject: key,
    ce_time: new Date().toISOString(),
  };
  return { key, value: BODIES[kind], headers };
}
