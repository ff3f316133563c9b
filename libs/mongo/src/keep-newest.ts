import {
  type AnyBulkWriteOperation,
  type Collection,
  MongoBulkWriteError,
  type OptionalUnlessRequiredId,
} from 'mongodb';
import { DUPLICATE_KEY } from './duplicate-key.js';
import { whenReachable } from './store-unavailable.js';

/** A document that is a copy of `version` of something else. */
export interface Versioned {
  readonly _id: string;
  readonly version: number;
}

/**
 * Writes each document unless the store has this version or a newer one. @throws StoreUnavailable
 *
 * Such an upsert matches nothing when the store is newer, so it tries to insert and meets the key that is there. It also does
 * when another writer inserted an older version in between; so what was refused is tried once more, as an update alone.
 */
export async function keepNewest<D extends Versioned>(
  collection: Collection<D>,
  documents: readonly D[],
): Promise<void> {
  const refused = await write(collection, newestOf(documents), '$lt', true);
  await write(collection, refused, '$lt', false);
}

/** The same, but over the same version too: where what the store has of it may be wrong. @throws StoreUnavailable */
export async function renewNewest<D extends Versioned>(
  collection: Collection<D>,
  documents: readonly D[],
): Promise<void> {
  const refused = await write(collection, newestOf(documents), '$lte', true);
  await write(collection, refused, '$lte', false);
}

/**
 * The same for documents that are hardly ever there already: plain inserts cost a third less than upserts. @throws StoreUnavailable
 */
export async function fillNewest<D extends Versioned>(
  collection: Collection<D>,
  documents: readonly D[],
): Promise<void> {
  if (documents.length === 0) return;
  const fresh = newestOf(documents);
  // As above: the driver's types cannot follow a generic document.
  const inserts = fresh as unknown as OptionalUnlessRequiredId<D>[];
  const refused = await refusedOf(fresh, () => collection.insertMany(inserts, { ordered: false }));
  await keepNewest(collection, refused);
}

/** One document an id: an unordered write has no "last". */
export function newestOf<D extends Versioned>(documents: readonly D[]): D[] {
  const newest = new Map<string, D>();
  for (const document of documents) {
    if ((newest.get(document._id)?.version ?? -1) < document.version) newest.set(document._id, document);
  }
  return [...newest.values()];
}

/** Returns the documents whose key was there already. */
function write<D extends Versioned>(
  collection: Collection<D>,
  documents: readonly D[],
  over: '$lt' | '$lte',
  upsert: boolean,
): Promise<D[]> {
  const operations = documents.map((document) => ({
    replaceOne: { filter: { _id: document._id, version: { [over]: document.version } }, replacement: document, upsert },
  }));
  // The driver's types cannot follow a generic document.
  const writes = operations as unknown as AnyBulkWriteOperation<D>[];
  return refusedOf(documents, () => collection.bulkWrite(writes, { ordered: false }));
}

async function refusedOf<D extends Versioned>(documents: readonly D[], work: () => Promise<unknown>): Promise<D[]> {
  if (documents.length === 0) return [];
  try {
    await whenReachable(work);
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failures = [error.writeErrors].flat();
    if (failures.length === 0 || failures.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
    return failures.flatMap(({ index }) => documents[index] ?? []);
  }
}
