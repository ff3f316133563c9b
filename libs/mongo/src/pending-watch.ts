import type { Metrics } from '@souk/observability';
import type * as mongo from 'mongodb';
import type { DocumentWithEvents } from './mongo-outbox-relay.js';

const EVERY_MS = 5_000;
/** So many documents are looked through for the oldest event. */
const LOOKED_THROUGH = 1_000;

/** Tells the metrics what waits in documents to be published; without the store the last values stay. */
export class PendingWatch {
  readonly #collection: mongo.Collection<DocumentWithEvents>;
  readonly #now: () => number;
  #figures = { depth: 0, ageSeconds: 0, parked: 0 };
  #timer: NodeJS.Timeout | undefined;

  /** @param now ms since 1970 */
  constructor(metrics: Metrics, collection: mongo.Collection<DocumentWithEvents>, now: () => number = Date.now) {
    this.#collection = collection;
    this.#now = now;
    metrics.gauge('souk_outbox_depth', 'Documents with events that are not yet published.', () => this.#figures.depth);
    metrics.gauge('souk_outbox_age_seconds', 'Age of the oldest of these events.', () => this.#figures.ageSeconds);
    metrics.gauge(
      'souk_outbox_parked',
      'Documents that wait because the broker refused an event.',
      () => this.#figures.parked,
    );
  }

  start(everyMs = EVERY_MS): void {
    this.#timer = setInterval(() => void this.look().catch(() => undefined), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async look(): Promise<void> {
    const parked = await this.#collection.countDocuments({ pendingLane: { $lt: -1 } });
    const inLanes = await this.#collection.countDocuments({ pendingLane: { $gte: 0 } });
    const oldest = inLanes + parked === 0 ? this.#now() : await this.#oldest();
    this.#figures = { depth: inLanes + parked, ageSeconds: Math.max(0, this.#now() - oldest) / 1_000, parked };
  }

  async #oldest(): Promise<number> {
    const documents = await this.#collection
      .find({ pendingLane: { $ne: -1 } }, { projection: { pending: 1 } })
      .limit(LOOKED_THROUGH)
      .toArray();
    const times = documents.flatMap(({ pending }) => Date.parse(pending[0]?.headers['ce_time'] ?? ''));
    return times.filter(Number.isFinite).reduce((least, time) => Math.min(least, time), this.#now());
  }
}
