import type { Kafka } from 'kafkajs';

interface Position {
  readonly partition: number;
  readonly offset: string;
}

/**
 * Topics of which the group will miss records: its position lies before the start of the log (retention was faster), or behind
 * its end (the log was lost and begun anew). A group without a position is at 0, where a complete log starts.
 */
export async function topicsWithGaps(kafka: Kafka, groupId: string, topics: readonly string[]): Promise<string[]> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const committed = new Map(
      (await admin.fetchOffsets({ groupId, topics: [...topics] })).map(({ topic, partitions }) => [topic, partitions]),
    );
    const gaps = await Promise.all(
      topics.map(async (topic) => hasGap(committed.get(topic) ?? [], await admin.fetchTopicOffsets(topic))),
    );
    return topics.filter((_, i) => gaps[i]);
  } finally {
    await admin.disconnect();
  }
}

export function hasGap(
  committed: readonly Position[],
  log: readonly { readonly partition: number; readonly low: string; readonly high: string }[],
): boolean {
  const positions = new Map(committed.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]));
  return log.some(({ partition, low, high }) => {
    const position = positions.get(partition) ?? 0;
    return position < Number(low) || position > Number(high);
  });
}
