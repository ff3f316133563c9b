import type { KafkaDriver } from './kafka-port.js';

/** Compares the topics a service uses with the broker's. @throws naming every topic that is missing or has other partitions */
export async function checkTopics(
  driver: KafkaDriver,
  topics: readonly { readonly name: string; readonly partitions: number }[],
): Promise<void> {
  const found = await driver.partitions(topics.map((topic) => topic.name));
  const wrong = topics.filter((topic) => found.get(topic.name) !== topic.partitions);
  if (wrong.length === 0) return;
  const detail = wrong.map(
    (topic) => `${topic.name} (${found.get(topic.name) ?? 0} partitions instead of ${topic.partitions})`,
  );
  throw new Error(`topics differ from the contracts: ${detail.join(', ')}. Create them with: souk up`);
}
