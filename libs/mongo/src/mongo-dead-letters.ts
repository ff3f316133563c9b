import { type DeadLetterFilter, DeadLetterStore, type StoredLetter } from '@souk/messaging';
import type { Collection, Db } from 'mongodb';
import { whenReachable } from './store-unavailable.js';

type LetterDocument = Omit<StoredLetter, 'id' | 'kind' | 'waiting'> & {
  readonly _id: string;
  /** Somebody replays or discards it until then. */
  readonly takenUntil?: Date;
};

const lettersOf = (db: Db): Collection<LetterDocument> => db.collection('dead_letters');

/** Idempotent; for `prepare` of the store. The oldest are found without sorting all. */
export async function prepareDeadLetters(db: Db): Promise<void> {
  await lettersOf(db).createIndex({ firstAt: 1, _id: 1 });
}

/** The dead letters of views in the collection `dead_letters`, beside the views. @throws StoreUnavailable */
export class MongoDeadLetters extends DeadLetterStore {
  readonly #letters: Collection<LetterDocument>;
  readonly #now: () => Date;

  constructor(db: Db, now: () => Date = () => new Date()) {
    super();
    this.#letters = lettersOf(db);
    this.#now = now;
  }

  async put({ id, kind: _kind, waiting: _waiting, ...letter }: StoredLetter): Promise<void> {
    await whenReachable(() => this.#letters.replaceOne({ _id: id }, letter, { upsert: true }));
  }

  async list({ topic, key, limit }: DeadLetterFilter): Promise<{ items: StoredLetter[]; total: number }> {
    const filter = { ...(topic !== undefined && { topic }), ...(key !== undefined && { key }) };
    return whenReachable(async () => ({
      items: (await this.#letters.find(filter).sort({ firstAt: 1, _id: 1 }).limit(limit).toArray()).map(toLetter),
      total: await this.#letters.countDocuments(filter),
    }));
  }

  async count(): Promise<number> {
    return whenReachable(() => this.#letters.countDocuments({}));
  }

  async find(id: string): Promise<StoredLetter | undefined> {
    const found = await whenReachable(() => this.#letters.findOne({ _id: id }));
    return found ? toLetter(found) : undefined;
  }

  async take(id: string, forMs: number): Promise<StoredLetter | undefined> {
    const now = this.#now();
    const free = { _id: id, $or: [{ takenUntil: { $exists: false } }, { takenUntil: { $lte: now } }] };
    const takenUntil = new Date(now.getTime() + forMs);
    const taken = await whenReachable(() => this.#letters.findOneAndUpdate(free, { $set: { takenUntil } }));
    return taken ? toLetter(taken) : undefined;
  }

  async failedAgain(id: string, cause: string, at: Date): Promise<void> {
    await whenReachable(() =>
      this.#letters.updateOne(
        { _id: id },
        { $set: { cause, lastAt: at }, $inc: { attempts: 1 }, $unset: { takenUntil: '' } },
      ),
    );
  }

  async remove(id: string): Promise<void> {
    await whenReachable(() => this.#letters.deleteOne({ _id: id }));
  }
}

const toLetter = ({ _id, takenUntil: _takenUntil, ...letter }: LetterDocument): StoredLetter => ({
  id: _id,
  kind: 'view',
  waiting: 0,
  ...letter,
});
