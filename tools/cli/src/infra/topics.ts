import { Kafka, logLevel } from 'kafkajs';
import { brokerList } from './broker-list.ts';
import { CliError } from '../errors.ts';

interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Creates the topics that are missing and checks the partition counts of those that are there. Returns the number created. */
export async function ensureTopics(brokers: string): Promise<number> {
  const wanted = await topicsOfContracts();
  const admin = new Kafka({
    clientId: 'souk-cli',
    ...brokerList(brokers),
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 8 },
  }).admin();
  await admin.connect();
  try {
    const known = new Set(await admin.listTopics());
    const missing = wanted.filter((topic) => !known.has(topic.name));
    await admin.createTopics({ waitForLeaders: true, topics: missing.map(toKafka) });
    const present = wanted.filter((topic) => known.has(topic.name));
    if (present.length > 0)
      requirePartitions(
        present,
        (await admin.fetchTopicMetadata({ topics: present.map((topic) => topic.name) })).topics,
      );
    return missing.length;
  } finally {
    await admin.disconnect();
  }
}

async function topicsOfContracts(): Promise<TopicDefinition[]> {
  const { topics } = await import('@souk/contracts');
  return Object.values(topics);
}

function toKafka({ name, partitions, config }: TopicDefinition) {
  const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
  return { topic: name, numPartitions: partitions, replicationFactor: -1, configEntries };
}

/** More or fewer partitions would move keys to other partitions and so break their order: never changed silently. */
function requirePartitions(
  wanted: readonly TopicDefinition[],
  found: readonly { name: string; partitions: readonly unknown[] }[],
): void {
  for (const { name, partitions } of wanted) {
    const actual = found.find((topic) => topic.name === name)?.partitions.length;
    if (actual === partitions) continue;
    const why = `the broker has ${actual ?? 0} partitions, contracts/src/topics.ts says ${partitions}`;
    throw new CliError(
      `topic ${name} does not match its definition`,
      why,
      'delete the topic, or ./souk down --purge on your own machine',
    );
  }
}
