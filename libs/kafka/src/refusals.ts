import { type ProducerRecord, RecordRefused, withinBytes } from './kafka-port.js';

/** What a broker says of a record that it will take at no time; by the names of the protocol. */
const FOR_GOOD = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
]);

/** Of these, what it says of every record for the topic. */
const OF_THE_TOPIC = new Set(['INVALID_TOPIC_EXCEPTION', 'UNKNOWN_TOPIC_OR_PARTITION']);

/** Why a client could not send, as far as it says: the broker's error, and the topic where that is the reason. */
export interface Complaint {
  readonly code: string;
  readonly topic?: string;
}

/**
 * Sends the records in parts that the broker takes, one after the other.
 * @throws RecordRefused naming the record where it is clear: it is alone in its part, or the first of the topic that is missing
 */
export async function sendInParts(
  records: readonly ProducerRecord[],
  send: (part: readonly ProducerRecord[]) => Promise<void>,
  complaintOf: (error: unknown) => Complaint | undefined,
): Promise<void> {
  let sent = 0;
  for (const part of withinBytes(records)) {
    try {
      await send(part);
    } catch (cause) {
      const complaint = complaintOf(cause);
      if (!complaint || !FOR_GOOD.has(complaint.code)) throw cause;
      const guilty = guiltyOf(part, complaint);
      throw new RecordRefused(textOf(complaint, part[guilty ?? 0]), guilty === undefined ? undefined : sent + guilty, {
        cause,
        topic: refusedTopic(part, complaint),
      });
    }
    sent += part.length;
  }
}

function guiltyOf(part: readonly ProducerRecord[], { topic }: Complaint): number | undefined {
  if (part.length === 1) return 0;
  const index = part.findIndex((record) => record.topic === topic);
  return index < 0 ? undefined : index;
}

function refusedTopic(part: readonly ProducerRecord[], { code, topic }: Complaint): string | undefined {
  if (!OF_THE_TOPIC.has(code)) return undefined;
  const topics = new Set(part.map((record) => record.topic));
  return topic ?? (topics.size === 1 ? part[0]?.topic : undefined);
}

const textOf = ({ code, topic }: Complaint, record: ProducerRecord | undefined): string =>
  `the broker refuses ${topic ?? record?.topic ?? 'a record'} for good: ${code.toLowerCase().replaceAll('_', ' ')}`;
