import type { Admin } from 'kafkajs';
import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { type GROUPS, readersOf } from '../stores/consumer-groups.ts';
import { brokersOf, withAdmin } from '../stores/kafka.ts';
import type { Fault, Injecting } from './fault.ts';
import { saysTime } from './parameters.ts';
import { paused } from './repeat.ts';
import { startAgain } from './ways-back.ts';

/** Who can build again what it has missed: the truth is elsewhere. */
const REBUILT = ['order-query'] as const;
const TOPIC = 'order.events.v1';

const parameters = z.strictObject({
  group: z.enum(REBUILT).default('order-query'),
  /** How long it is away, before what it has not read is deleted. */
  away: seconds.pipe(z.number().min(500).max(120_000)).default(8_000),
});
type Parameters = z.output<typeof parameters>;

/**
 * A consumer is away for longer than its topic keeps: what it has not read is deleted, as retention does, before it is back. It has
 * to notice that by itself: what is gone from the topic is gone, and nobody tells it to rebuild its views.
 */
export const kafkaRetention: Fault<Parameters> = {
  kind: 'kafka-retention',
  summary: 'retention is faster than a consumer that was away; what it missed is gone from the topic',
  on: ['host'],
  own: ['kafka'],
  parameters,
  says: ({ group, away }) => `${group} away for ${saysTime(away)}, what it missed on ${TOPIC} deleted`,
  inject: async (injecting, { group, away }) => {
    const { target, journal } = injecting;
    await journal.before(startAgain(group));
    await target.stop(group);
    injecting.background(expire(injecting, group, away));
  },
};

async function expire({ target, until, note }: Injecting, group: keyof typeof GROUPS, awayMs: number): Promise<void> {
  // Who ends it early wants it back, and nothing deleted.
  if (!(await paused(awayMs, until))) return;
  const deleted = await withAdmin(brokersOf(target), async (admin) => {
    const others = readersOf(TOPIC).filter((reader) => reader !== group);
    const read = await Promise.all(others.map((reader) => positionsOf(admin, reader)));
    const spans = (await admin.fetchTopicOffsets(TOPIC)).map(({ partition, low, high }) => {
      const end = Math.min(Number(high), ...read.map((positions) => positions.get(partition) ?? Number(low)));
      return { partition, begin: Number(low), end: Math.max(Number(low), end) };
    });
    const partitions = spans.map(({ partition, end }) => ({ partition, offset: String(end) }));
    await admin.deleteTopicRecords({ topic: TOPIC, partitions });
    return spans.reduce((sum, { begin, end }) => sum + end - begin, 0);
  });
  note(`${deleted} messages of ${TOPIC} deleted`);
  await target.start(group);
}

/** What a group has read of the topic, by partition: those who were there all the time shall miss nothing. */
async function positionsOf(admin: Admin, groupId: string): Promise<Map<number, number>> {
  const [found] = await admin.fetchOffsets({ groupId, topics: [TOPIC] });
  const read = (found?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
  return new Map(read.map(({ partition, offset }) => [partition, Number(offset)]));
}
