import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { brokersOf, produce } from '../stores/kafka.ts';
import { recordsSince, type Stored } from '../stores/recent-records.ts';
import type { Fault, Injecting } from './fault.ts';
import { saysNames, saysTime } from './parameters.ts';
import { topicNames } from './topics.ts';

const parameters = z.strictObject({
  topic: topicNames,
  /** Of the records of how long. */
  last: seconds.pipe(z.number().min(500).max(600_000)).default(10_000),
  times: z.int().min(1).max(5).default(1),
});
type Parameters = z.output<typeof parameters>;

/** A producer that did not hear the acknowledgement sends once more, ids and all. Repeats stay in the topic: nothing is to be undone. */
export const kafkaDuplicate: Fault<Parameters> = {
  kind: 'kafka-duplicate',
  summary: 'the newest messages of topics are sent once more',
  on: ['host', 'k8s'],
  parameters,
  says: ({ topic, last, times }) => `the last ${saysTime(last)} of ${saysNames(topic)} sent ${times} times more`,
  inject: (injecting, { topic, last, times }) =>
    sendAgain(injecting, topic, last, (records) => Array.from({ length: times }, () => records).flat()),
};

/** The partition stays the same, and of a key only what `arrange` changes. Counts `own.messages.again`. */
export async function sendAgain(
  { target, until, count, note }: Injecting,
  topics: readonly string[],
  lastMs: number,
  arrange: (records: readonly Stored[]) => readonly Stored[],
): Promise<void> {
  const since = Date.now() - lastMs;
  for (const topic of topics) {
    if (until.aborted) return;
    const records = arrange(await recordsSince(brokersOf(target), topic, since));
    if (records.length > 0) await produce(brokersOf(target), topic, records);
    count('messages.again', records.length);
    note(`${records.length} messages of ${topic} sent again`);
  }
}
