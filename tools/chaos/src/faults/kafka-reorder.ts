import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import type { Stored } from '../stores/recent-records.ts';
import type { Fault } from './fault.ts';
import { sendAgain } from './kafka-duplicate.ts';
import { saysNames, saysTime } from './parameters.ts';
import { topicNames } from './topics.ts';

const parameters = z.strictObject({
  topic: topicNames,
  last: seconds.pipe(z.number().min(500).max(600_000)).default(10_000),
});
type Parameters = z.output<typeof parameters>;

/** What a resend after a broken connection can do: version 3 comes once more, then 2, then 1, after 3 was there. */
export const kafkaReorder: Fault<Parameters> = {
  kind: 'kafka-reorder',
  summary: 'the newest messages of each key come once more, the latest first',
  on: ['host', 'k8s'],
  parameters,
  says: ({ topic, last }) => `the last ${saysTime(last)} of ${saysNames(topic)} sent again in reverse`,
  inject: (injecting, { topic, last }) => sendAgain(injecting, topic, last, reversed),
};

/** The oldest of each key comes last, so whoever believes the last one goes back furthest. */
export const reversed = (records: readonly Stored[]): Stored[] => records.toReversed();
