import { type Collection, MongoBulkWriteError } from 'mongodb';
import { isDuplicateKey, whenReachable } from '@souk/mongo';
import type { Versioned } from './documents.js';

/**
 * Writes each document unless the store has this version or a newer one. The filter of such an upsert matches nothing then, so it
 * tries to insert and meets the key that is there: a duplicate key means "older", and is what should happen.
 */
export async function keepNewest<D extends Versioned>(
  collection: Collection<D>,
  documents: readonly D[],
): Promise<void> {
  if (documents.length === 0) return;
  const operations = newestOf(documents).map(({ _id, ...fields }) => ({
    updateOne: { filter: { _id, version: { $lt: fields.version } }, update: { $set: fields }, upsert: true },
  }));
  try {
    await whenReachable(() =>
      collection.bulkWrite(operations as unknown as Parameters<typeof collection.bulkWrite>[0], { ordered: false }),
    );
  } catch (error) {
    if (!isOlderOnly(error)) throw error;
  }
}

/** One document an id: an unordered write has no "last". */
export function newestOf<D extends Versioned>(documents: readonly D[]): D[] {
  const newest = new Map<string, D>();
  for (const document of documents) {
    if ((newest.get(document._id)?.version ?? -1) < document.version) newest.set(document._id, document);
  }
  return [...newest.values()];
}

function isOlderOnly(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return isDuplicateKey(error);
  const failures = [error.writeErrors].flat();
  return failures.length > 0 && failures.every(({ code }) => code === 11_000);
}
