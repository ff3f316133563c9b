import { randomUUID } from 'node:crypto';
import type { Collection } from 'mongodb';
import { isDuplicateKey, whenReachable } from '@souk/mongo';
import type { ChangesDocument, ReaderState } from './documents.js';

/** As many changes as a replica may miss between two looks without reading everything again. */
export const RECENT = 512;

/** Where in the feed a reader stands. */
export interface Position {
  readonly epoch: string;
  readonly count: number;
}

export interface FeedState extends Position {
  readonly readers: Readonly<Record<string, ReaderState>>;
  readonly asOf: Date | undefined;
}

/**
 * Tells every replica which documents changed, whichever replica changed them: each consumes its own partitions, all need all. One
 * document with a counter and the last changes. One write to it both counts and names, so that unlike a query for "changed after
 * my last look" it misses no write that becomes visible late, trusts no clock and needs no index.
 */
export class ChangeFeed {
  readonly #changes: Collection<ChangesDocument>;

  constructor(changes: Collection<ChangesDocument>) {
    this.#changes = changes;
  }

  /** Called after the documents are written. Saying it twice is harmless. */
  async append(changed: readonly string[]): Promise<void> {
    if (changed.length === 0) return;
    const update = {
      $inc: { count: changed.length },
      $push: { recent: { $each: [...changed], $slice: -RECENT } },
    };
    await this.#update(update);
  }

  /** What this replica has read, what all together have, and which replicas are gone. */
  async report(
    reader: string,
    state: ReaderState,
    { asOf, gone }: { asOf: Date | undefined; gone: readonly string[] },
  ): Promise<void> {
    await this.#update({
      $set: { [`readers.${reader}`]: state },
      ...(gone.length > 0 && { $unset: Object.fromEntries(gone.map((name) => [`readers.${name}`, ''])) }),
      ...(asOf && { $max: { asOf } }),
    });
  }

  /** The replica stops; what it knew of all together stays known. */
  async leave(reader: string, asOf: Date): Promise<void> {
    const update = { $unset: { [`readers.${reader}`]: '' }, $max: { asOf } };
    await whenReachable(() => this.#changes.updateOne({ _id: 'changes' }, update as object));
  }

  /** Small, whatever changed: what a replica looks at a few times a second. */
  async state(): Promise<FeedState> {
    const projection = { epoch: 1, count: 1, readers: 1, asOf: 1 } as const;
    for (;;) {
      const found = await whenReachable(() => this.#changes.findOne({ _id: 'changes' }, { projection }));
      if (found) return { epoch: found.epoch, count: found.count, readers: found.readers, asOf: found.asOf };
      await this.#create();
    }
  }

  /** Which store this is; asked for anew by who writes, lest he writes for one that was emptied. */
  async epoch(): Promise<string> {
    return (await this.state()).epoch;
  }

  /** What changed behind the position, or undefined when that is more than is kept: then everything must be read again. */
  async since(position: Position): Promise<(Position & { changed: string[] }) | undefined> {
    const found = await whenReachable(() => this.#changes.findOne({ _id: 'changes' }));
    const missed = (found?.count ?? 0) - position.count;
    if (found?.epoch !== position.epoch || missed < 0 || missed > found.recent.length) return undefined;
    const changed = missed === 0 ? [] : found.recent.slice(-missed);
    return { epoch: found.epoch, count: found.count, changed: [...new Set(changed)] };
  }

  async #update(update: object): Promise<void> {
    for (;;) {
      const { matchedCount } = await whenReachable(() => this.#changes.updateOne({ _id: 'changes' }, update));
      if (matchedCount > 0) return;
      await this.#create();
    }
  }

  async #create(): Promise<void> {
    const empty: ChangesDocument = { _id: 'changes', epoch: randomUUID(), count: 0, recent: [], readers: {} };
    try {
      await whenReachable(() => this.#changes.insertOne(empty));
    } catch (error) {
      // Another replica was faster.
      if (!isDuplicateKey(error)) throw error;
    }
  }
}
