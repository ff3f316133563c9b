import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { type Versioned, whenReachable } from '@souk/mongo';

/** What a view looks like without versions: a message that comes again, or late, takes it back to the past. */
export async function lastMessageWins<D extends Versioned>(
  collection: Collection<D>,
  documents: readonly D[],
): Promise<void> {
  if (documents.length === 0) return;
  const operations = documents.map((document) => ({
    replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
  }));
  const writes = operations as unknown as AnyBulkWriteOperation<D>[];
  await whenReachable(() => collection.bulkWrite(writes, { ordered: true }));
}
