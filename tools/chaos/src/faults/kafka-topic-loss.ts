import { z } from 'zod';
import { ensureTopics } from '../../../cli/src/infra/topics.ts';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { brokersOf, withAdmin } from '../stores/kafka.ts';
import type { Fault } from './fault.ts';
import { saysNames } from './parameters.ts';
import { type StoredUndo, undo } from './undo.ts';

/**
 * Whose loss the shop heals by itself: copies of dead letters, whose originals are in the databases; what visitors looked at, of which
 * recommendations know less then. The others are the record of what was told: `souk up` makes them anew, empty, and their readers
 * need a rebuild or a republish.
 */
export const HEALED = [
  'activity.v1',
  'order.dlq.v1',
  'inventory.dlq.v1',
  'order-query.dlq.v1',
  'recommendation.dlq.v1',
] as const;
const GONE_WITHIN_MS = 10_000;

const parameters = z.strictObject({
  topic: z.union([z.enum(HEALED), z.array(z.enum(HEALED)).min(1)]).transform((names) => [...new Set([names].flat())]),
});
type Parameters = z.output<typeof parameters>;

/** A topic is deleted with all that is in it, by somebody with the rights to do so. Counts `own.topics.deleted`, once they are gone. */
export const kafkaTopicLoss: Fault<Parameters> = {
  kind: 'kafka-topic-loss',
  summary: 'topics whose loss the shop can heal are deleted',
  on: ['host', 'k8s'],
  own: ['kafka'],
  parameters,
  says: ({ topic }) => `${saysNames(topic)} deleted`,
  async inject({ target, journal, count, note }, { topic }) {
    await journal.before({
      undo: 'make-topics',
      with: {},
      says: 'make the missing topics as contracts/src/topics.ts says',
    });
    await withAdmin(brokersOf(target), async (admin) => {
      await admin.deleteTopics({ topics: topic });
      await waitFor(`${topic.join(', ')} gone`, GONE_WITHIN_MS, async () => {
        const left = await admin.listTopics();
        return topic.every((name) => !left.includes(name));
      });
    });
    count('topics.deleted', topic.length);
    note(`${topic.join(', ')} deleted`);
  },
};

export const TOPIC_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'make-topics': undo({
    parameters: z.object({}),
    run: async (target) => {
      await ensureTopics(brokersOf(target));
    },
  }),
};
