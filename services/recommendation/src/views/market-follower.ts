/** Pattern: Materialized View. The market in memory follows the documents, which every replica writes a part of. */
import { Signal } from '@souk/outbox';
import type { ChangeFeed, FeedState, Position } from '../persistence/change-feed.js';
import type { ViewStore } from '../persistence/view-store.js';
import { LiveMarket } from './live-market.js';
import { readByAll } from './read-by-all.js';

/** How long what another replica wrote may stay unseen; what this one wrote wakes it. */
const LOOK_EVERY_MS = 300;
/** What a replica says of itself is at most this old, and so is `asOf` where there are several. */
const REPORT_EVERY_MS = 2_000;

export interface MarketFollowerOptions {
  readonly store: Pick<ViewStore, 'read' | 'readAll'>;
  readonly feed: Pick<ChangeFeed, 'state' | 'since' | 'report' | 'leave'>;
  /** Of this process, unlike every other's. */
  readonly replica: string;
  /** Up to when this process has read its topics into the store, if that is known. */
  readonly readThrough: () => Date | undefined;
  readonly now: () => number;
  readonly logger: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/**
 * Loads the market in the background and keeps it up to date: by the feed, or anew when the feed does not reach back or the store was
 * emptied. While the store is away it stays as it is, and `asOf` says so.
 */
export class MarketFollower {
  readonly #options: MarketFollowerOptions;
  readonly #wake = new Signal();
  #market = new LiveMarket();
  #position: Position | undefined;
  #asOf = new Date(0);
  #reportedAt = -Infinity;
  #loads = 0;
  /** Not before then is everything read again. */
  #loadAgainAt = -Infinity;
  #stopped = false;
  #away = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: MarketFollowerOptions) {
    this.#options = options;
  }

  get market(): LiveMarket {
    return this.#market;
  }

  /** Everything that happened before is in the market. */
  get asOf(): Date {
    return this.#asOf;
  }

  /** How often everything was read. */
  get loads(): number {
    return this.#loads;
  }

  /** Of the store that the market was read from, once it is. */
  get epoch(): string | undefined {
    return this.#position?.epoch;
  }

  /** Whether there is anything to answer from. */
  get isLoaded(): boolean {
    return this.#position !== undefined;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Something changed in the store. */
  wake(): void {
    this.#wake.notify();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.notify();
    await this.#running;
    // Or the others would wait for this one to be given up before they promise anything newer.
    if (!this.#away) await this.#options.feed.leave(this.#options.replica, this.#asOf).catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#look();
        this.#away = false;
      } catch (err) {
        if (!this.#away) this.#options.logger.warn({ err }, 'the views cannot be followed at the moment, trying again');
        this.#away = true;
      }
      if (!this.#stopped) await this.#wake.wait(LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    // Before the look: what is read into the store by then is in what the look finds.
    const own = this.#options.readThrough();
    const state = await this.#options.feed.state();
    if (this.#position === undefined) await this.#load(state);
    else if (state.epoch !== this.#position.epoch || state.count !== this.#position.count) {
      if (!(await this.#follow(state))) return;
    }
    await this.#report(own, state);
  }

  /** Whether the market is now as the state says. Reading everything never takes more than half of the time. */
  async #follow(state: FeedState): Promise<boolean> {
    const { feed, store } = this.#options;
    const news = this.#position && (await feed.since(this.#position));
    if (news === undefined) {
      if (this.#options.now() < this.#loadAgainAt) return false;
      await this.#load(state);
      return true;
    }
    this.#market.apply(await store.read(news.changed));
    this.#position = { epoch: news.epoch, count: news.count };
    return true;
  }

  /** What changes meanwhile lies behind the position and follows with the next look. */
  async #load({ epoch, count }: FeedState): Promise<void> {
    const { store, now, logger } = this.#options;
    const began = now();
    const market = new LiveMarket();
    await store.readAll((part) => market.apply(part));
    this.#market = market;
    this.#position = { epoch, count };
    this.#loads++;
    const ms = now() - began;
    this.#loadAgainAt = now() + ms;
    logger.info({ baskets: market.baskets.size, products: market.assortment.size, ms }, 'the market is loaded');
  }

  async #report(own: Date | undefined, state: FeedState): Promise<void> {
    const { feed, replica } = this.#options;
    const now = this.#options.now();
    const { asOf, gone } = readByAll({ own, replica, readers: state.readers, now });
    for (const promised of [asOf, state.asOf]) if (promised && promised > this.#asOf) this.#asOf = promised;
    if (now - this.#reportedAt < REPORT_EVERY_MS) return;
    await feed.report(replica, { asOf: own ?? null, at: new Date(now) }, { asOf, gone });
    this.#reportedAt = now;
  }
}
