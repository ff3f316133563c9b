/** Pattern: Materialized View, its rebuild: projectors write to the old and the new generation while the source is read (docs/adr/0014). */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import type { ProductState, PublicOrder } from '@souk/contracts';
import { failpoint } from '@souk/failpoints';
import { CodedError } from '@souk/http';
import { StoreUnavailable, whenReachable } from '@souk/mongo';
import { BEFORE_SWAP, REBUILD_PART } from '../failpoints.js';
import { newGeneration, type Views } from '../persistence/views.js';
import type { Projector } from '../views/projector.js';

/** What a rebuild reads; opened only while one runs. */
export interface RebuildSource {
  count(): Promise<number>;
  /** @param onSkip told of each order that cannot be folded */
  parts(size: number, onSkip: (orderId: string, cause: unknown) => void): AsyncIterable<readonly PublicOrder[]>;
  /** Ends what is being asked too. */
  close(): Promise<void>;
}

export interface RebuildStatus {
  readonly state: 'none' | 'running' | 'done' | 'failed';
  readonly rebuildId?: string;
  /** Orders. */
  readonly done: number;
  readonly total: number;
  /** Orders that cannot be folded: they are logged, and the views lack them. */
  readonly skipped?: number;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly error?: string;
}

/** The last rebuild of all processes, for whoever asks any of them. */
export interface StatusDocument extends RebuildStatus {
  readonly _id: 'rebuild';
}

/** The right to rebuild, held by one process at a time. */
export interface RebuildLease {
  /** Takes the lease, or renews it; false when another process has it. */
  acquire(): Promise<boolean>;
  release(): Promise<void>;
}

export interface RebuildOptions {
  readonly views: Views;
  readonly projector: Projector;
  readonly lease: RebuildLease;
  readonly status: Collection<StatusDocument>;
  readonly openSource: () => Promise<RebuildSource>;
  readonly readProducts: (
    take: (products: readonly ProductState[]) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>;
  /** How long the lease lasts, in ms; it is renewed three times as often. */
  readonly leaseMs: number;
  readonly now: () => Date;
  readonly logger: Record<'info' | 'warn', (fields: object, message: string) => void>;
  /** How long readers may still go to the generation before, in ms. */
  readonly graceMs?: number;
}

const PART = 500;
const GRACE_MS = 5_000;
const ATTEMPTS = 20;
const PAUSE_MS = 1_000;

/**
 * Builds the views anew beside the ones in use and swaps. Every write is guarded by the order's version, so scan and projectors may
 * meet in any order; a rebuild that is killed has changed nothing that is read, and the next one starts over.
 */
export class Rebuild {
  readonly #options: Required<RebuildOptions>;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #lost = false;
  #dropTimer: NodeJS.Timeout | undefined;
  /** What this process did last; `done` of a running one is here before it is in the store. */
  current: RebuildStatus = { state: 'none', done: 0, total: 0 };

  constructor(options: RebuildOptions) {
    this.#options = { graceMs: GRACE_MS, ...options };
  }

  /** Resolves when it has begun. @throws CodedError `rebuild-running` when one is under way, here or in another process */
  async start(): Promise<{ rebuildId: string }> {
    if (this.#running !== undefined || !(await whenReachable(() => this.#options.lease.acquire())))
      throw new CodedError('conflict', 'rebuild-running', 'A rebuild is under way.');
    const rebuildId = randomUUID();
    this.#running = this.#run(rebuildId).finally(() => (this.#running = undefined));
    return { rebuildId };
  }

  async status(): Promise<RebuildStatus> {
    if (this.#running !== undefined) return this.current;
    const stored = await whenReachable(() => this.#options.status.findOne({ _id: 'rebuild' }));
    // Its end may not have reached the store.
    if (stored === null || stored.rebuildId === this.current.rebuildId) return this.current;
    const { _id, ...status } = stored;
    return status;
  }

  /** Resolves when nothing runs here. */
  async finished(): Promise<void> {
    await this.#running;
  }

  /** Ends what is under way; the next process that looks starts it over. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the process stops'));
    await this.#running;
    clearTimeout(this.#dropTimer);
  }

  async #run(rebuildId: string): Promise<void> {
    const { views, lease, logger, now } = this.#options;
    const generation = newGeneration();
    this.current = { state: 'running', rebuildId, done: 0, total: 0, startedAt: now().toISOString() };
    const endRenewing = this.#keepLease();
    try {
      await this.#announce();
      await views.beginBuilding(generation);
      await bothOf(this.#fill(generation), this.#refreshProducts());
      await failpoint(BEFORE_SWAP);
      if (!(await views.swap(generation))) throw new Error('another rebuild has taken over');
      await this.#end({ state: 'done' });
      logger.info({ ...this.current }, 'the views are rebuilt');
    } catch (error) {
      logger.warn({ err: error, ...this.current }, 'the rebuild failed');
      // One that was stopped stays marked as building: whoever comes next starts it over.
      if (!this.#stop.signal.aborted) await views.abandon(generation).catch(() => undefined);
      await this.#end({ state: 'failed', error: error instanceof Error ? error.message : String(error) });
    } finally {
      await endRenewing();
      await lease.release().catch(() => undefined);
      this.dropUnusedSoon();
    }
  }

  /** Views of rebuilds that were killed, or of before the last one. Readers may go by the state of before the swap for a moment. */
  dropUnusedSoon(): void {
    const { views, graceMs, logger } = this.#options;
    const drop = (): void =>
      void views.dropUnused().catch((err: unknown) => logger.warn({ err }, 'old views could not be dropped'));
    clearTimeout(this.#dropTimer);
    this.#dropTimer = setTimeout(drop, graceMs).unref();
  }

  async #fill(generation: string): Promise<void> {
    const { views, projector, openSource } = this.#options;
    const { salt } = await views.current();
    const source = await openSource();
    const close = (): Promise<void> => source.close().catch(() => undefined);
    // A statement may take as long as it likes: who stops does not wait for it.
    this.#stop.signal.addEventListener('abort', close);
    let isReading = true;
    let writing = Promise.resolve();
    try {
      this.#stop.signal.throwIfAborted();
      this.current = { ...this.current, total: await source.count() };
      for await (const orders of source.parts(PART, (id, cause) => this.#skip(id, cause))) {
        await writing; // one part is read while the one before is written
        this.#checkGoingOn();
        await failpoint(REBUILD_PART);
        writing = this.#patiently(
          () => projector.fill(generation, salt, orders),
          () => isReading,
        ).then(() => this.#advance(orders.length));
        // Awaited in the next round; until then a failure must not count as unhandled.
        writing.catch(() => undefined);
      }
      await writing;
      this.#checkGoingOn();
    } finally {
      this.#stop.signal.removeEventListener('abort', close);
      await close();
      isReading = false;
      // Behind its end nothing may be written, and nothing counted for the next one.
      await writing.catch(() => undefined);
    }
  }

  /** One broken order must not keep all others from being rebuilt. */
  #skip(orderId: string, err: unknown): void {
    this.#options.logger.warn({ err, orderId }, 'an order cannot be folded, the views lack it');
    this.current = { ...this.current, skipped: (this.current.skipped ?? 0) + 1 };
  }

  /** A store that is away for a moment does not cost all that was read. Not tried again where nobody wants it any more. */
  async #patiently(write: () => Promise<void>, isWanted = () => true): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await write();
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || attempt === ATTEMPTS || !isWanted()) throw error;
        await sleep(PAUSE_MS, undefined, { signal: this.#stop.signal });
        this.#checkGoingOn();
      }
    }
  }

  /**
   * Renews until the returned function is called: a part, the catalog or a pause may take longer than the lease.
   * Where the store cannot be asked we go on: at the end it decides who may swap.
   */
  #keepLease(): () => Promise<void> {
    const { lease, leaseMs } = this.#options;
    this.#lost = false;
    const renew = async (): Promise<void> => {
      if (!(await lease.acquire().catch(() => true))) this.#lost = true;
    };
    let renewing = Promise.resolve();
    const timer = setInterval(() => (renewing = renewing.then(renew)), leaseMs / 3);
    return () => {
      clearInterval(timer);
      return renewing;
    };
  }

  #checkGoingOn(): void {
    this.#stop.signal.throwIfAborted();
    if (this.#lost) throw new Error('another process has the lease');
  }

  #refreshProducts(): Promise<void> {
    const { readProducts, projector } = this.#options;
    return readProducts((products) => this.#patiently(() => projector.renewProducts(products)), this.#stop.signal);
  }

  async #advance(orders: number): Promise<void> {
    this.current = { ...this.current, done: this.current.done + orders };
    await this.#store().catch(() => undefined);
  }

  async #end(change: Partial<RebuildStatus>): Promise<void> {
    const { done, total } = this.current;
    // The source may have grown while it was read.
    const finishedAt = this.#options.now().toISOString();
    this.current = { ...this.current, ...change, total: Math.max(done, total), finishedAt };
    await this.#store().catch(() => undefined);
  }

  async #announce(): Promise<void> {
    await whenReachable(() => this.#options.status.replaceOne({ _id: 'rebuild' }, this.current, { upsert: true }));
  }

  /** A rebuild that others took for dead does not speak for the one after it. */
  async #store(): Promise<void> {
    const { rebuildId = '' } = this.current;
    await whenReachable(() => this.#options.status.replaceOne({ _id: 'rebuild', rebuildId }, this.current));
  }
}

/** Nothing of a rebuild may go on behind its end. */
async function bothOf(...work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
