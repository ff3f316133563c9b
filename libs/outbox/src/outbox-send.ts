import { type KafkaProducer, type ProducerRecord, RecordRefused } from '@souk/kafka';

/** An outbox row as a relay reads it. */
export interface StoredRow extends ProducerRecord {
  readonly id: number | string;
  readonly lane: number;
}

export interface Refusal<R> {
  readonly row: R;
  readonly cause: string;
}

export interface SendResult<R> {
  readonly sent: readonly R[];
  readonly refused: readonly Refusal<R>[];
}

/** Ends a search that costs a send or more each: what is left is for the next round. */
const MAX_SEARCHES = 20;

const keyOf = ({ topic, key }: ProducerRecord): string => `${topic}\n${key}`;

/**
 * Sends rows in their order per topic and key. What the broker refuses for good is found by topics and by halves, and left out
 * together with all that follows it in its topic and key. Rows can be sent twice on the way, first occurrences keep their order.
 * @throws whatever else a send fails with; nothing is known then
 */
export async function sendApart<R extends ProducerRecord>(
  producer: Pick<KafkaProducer, 'send'>,
  rows: readonly R[],
): Promise<SendResult<R>> {
  const sent: R[] = [];
  const refused = new Map<string, Refusal<R>>();
  const parts: (readonly R[])[] = [rows];
  let searches = 0;
  while (parts.length > 0 && searches < MAX_SEARCHES) {
    const part = (parts.shift() ?? []).filter((row) => !refused.has(keyOf(row)));
    if (part.length === 0) continue;
    const refusal = await trySend(producer, part);
    if (refusal === undefined) {
      sent.push(...part);
      continue;
    }
    const guilty = part.length === 1 ? part : part.filter(({ topic }) => topic === refusal.topic);
    for (const row of guilty) if (!refused.has(keyOf(row))) refused.set(keyOf(row), { row, cause: refusal.message });
    if (guilty.length > 0) searches += 1;
    parts.unshift(...(guilty.length > 0 ? [part] : split(part, refusal.index)));
  }
  return { sent, refused: [...refused.values()] };
}

async function trySend(
  producer: Pick<KafkaProducer, 'send'>,
  records: readonly ProducerRecord[],
): Promise<RecordRefused | undefined> {
  try {
    await producer.send(records);
    return undefined;
  } catch (error) {
    if (error instanceof RecordRefused) return error;
    throw error;
  }
}

/** By topics first, because a topic that is missing costs its client seconds; then around the guilty one, or in the middle. */
function split<R extends ProducerRecord>(part: readonly R[], guilty: number | undefined): (readonly R[])[] {
  const topics = [...Map.groupBy(part, ({ topic }) => topic).values()];
  if (topics.length > 1) return topics;
  if (guilty !== undefined && guilty >= 0 && guilty < part.length)
    return [part.slice(0, guilty), part.slice(guilty, guilty + 1), part.slice(guilty + 1)];
  const middle = Math.ceil(part.length / 2);
  return [part.slice(0, middle), part.slice(middle)];
}
