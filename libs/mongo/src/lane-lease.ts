import type * as mongo from 'mongodb';
import { isDuplicateKey } from './duplicate-key.js';

export interface LeaseDocument {
  /** `<relay name>/<lane>` */
  readonly _id: string;
  readonly owner: string;
  /** Grows by one with every change of owner: an owner that lost the lane can tell, however long it slept. */
  readonly epoch: number;
  readonly expiresAt: Date;
}

export interface LaneLeaseOptions {
  readonly leases: Pick<mongo.Collection<LeaseDocument>, 'findOne' | 'insertOne' | 'updateOne'>;
  readonly id: string;
  /** Unique per process start. */
  readonly owner: string;
  /** How long a dead owner keeps the lane, in ms. */
  readonly leaseMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The right to publish one lane: a document taken, kept and given back by compare-and-set, because MongoDB has no advisory locks. */
export class LaneLease {
  readonly #options: LaneLeaseOptions;
  #epoch: number | undefined;
  #until = 0;

  constructor(options: LaneLeaseOptions) {
    this.#options = options;
  }

  /** The epoch of a lane believed to be ours; undefined when it is not or has run out. */
  get epoch(): number | undefined {
    return this.#options.now() < this.#until ? this.#epoch : undefined;
  }

  /** Whether the lane is ours for at least half a lease more; writes only when it has to. */
  async acquire(): Promise<boolean> {
    const { now, leaseMs } = this.#options;
    if (this.#epoch !== undefined && this.#until - now() > leaseMs / 2) return true;
    return (await this.confirm()) || (await this.#take());
  }

  /** Renews the lease if nobody has taken the lane since; the answer comes from the store, not from the clock. */
  async confirm(): Promise<boolean> {
    const { leases, id, owner } = this.#options;
    const epoch = this.#epoch;
    if (epoch === undefined) return false;
    const until = this.#newUntil();
    const { matchedCount } = await leases.updateOne(
      { _id: id, owner, epoch },
      { $set: { expiresAt: new Date(until) } },
    );
    this.#hold(matchedCount === 1 ? epoch : undefined, until);
    return matchedCount === 1;
  }

  /** Lets the next owner in at once. */
  async release(): Promise<void> {
    const { leases, id, owner } = this.#options;
    const epoch = this.#epoch;
    this.#hold(undefined, 0);
    if (epoch !== undefined) await leases.updateOne({ _id: id, owner, epoch }, { $set: { expiresAt: new Date(0) } });
  }

  async #take(): Promise<boolean> {
    const { leases, id, owner, now } = this.#options;
    const seen = await leases.findOne({ _id: id });
    if (seen === null) return this.#create();
    if (seen.expiresAt.getTime() > now()) return false;
    const until = this.#newUntil();
    const epoch = seen.epoch + 1;
    const { matchedCount } = await leases.updateOne(
      { _id: id, epoch: seen.epoch, expiresAt: seen.expiresAt },
      { $set: { owner, epoch, expiresAt: new Date(until) } },
    );
    if (matchedCount === 1) this.#hold(epoch, until);
    return matchedCount === 1;
  }

  async #create(): Promise<boolean> {
    const { leases, id, owner } = this.#options;
    const until = this.#newUntil();
    try {
      await leases.insertOne({ _id: id, owner, epoch: 1, expiresAt: new Date(until) });
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
    this.#hold(1, until);
    return true;
  }

  /** Counted from before the write leaves, so that we never believe in a lease for longer than the others do. */
  #newUntil(): number {
    return this.#options.now() + this.#options.leaseMs;
  }

  #hold(epoch: number | undefined, until: number): void {
    this.#epoch = epoch;
    this.#until = epoch === undefined ? 0 : until;
  }
}
