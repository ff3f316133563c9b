import type * as mongo from 'mongodb';
import { lanesOf } from '@souk/messaging';
import type { LeaseDocument } from './lane-lease.js';

export interface LaneMembersOptions {
  readonly leases: Pick<mongo.Collection<LeaseDocument>, 'find' | 'updateOne' | 'deleteOne'>;
  /** Of the relay; the same in all replicas. */
  readonly name: string;
  /** Unique per process start. */
  readonly owner: string;
  /** How long one that is not heard of still counts, in ms. */
  readonly memberMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Which lanes a relay should ask for, so that replicas share them: each says now and then that it is there, and all count alike.
 * Only advice; who publishes is settled by the leases, whatever two replicas believe.
 */
export class LaneMembers {
  readonly #options: LaneMembersOptions;
  #share: ReadonlySet<number> = new Set();

  constructor(options: LaneMembersOptions) {
    this.#options = options;
  }

  /** Empty until the first beat. */
  get share(): ReadonlySet<number> {
    return this.#share;
  }

  async beat(): Promise<void> {
    const { leases, owner, memberMs, now } = this.#options;
    const at = now();
    await leases.updateOne(
      { _id: this.#id },
      { $set: { owner, epoch: 0, expiresAt: new Date(at + memberMs) } },
      { upsert: true },
    );
    const prefix = this.#prefix;
    const seen = await leases.find({ _id: { $gte: prefix, $lt: `${prefix}~` } }).toArray();
    const live = seen.filter(({ expiresAt }) => expiresAt.getTime() > at).map(({ _id }) => _id);
    const ids = live.toSorted();
    this.#share = new Set(lanesOf(ids.indexOf(this.#id), ids.length));
    // Process starts add up; who has been silent for an hour is not coming back under that name.
    const gone = seen.find(({ expiresAt }) => expiresAt.getTime() < at - 3_600_000);
    if (gone !== undefined) await leases.deleteOne({ _id: gone._id });
  }

  async leave(): Promise<void> {
    this.#share = new Set();
    await this.#options.leases.deleteOne({ _id: this.#id });
  }

  get #prefix(): string {
    return `${this.#options.name}/member/`;
  }

  get #id(): string {
    return this.#prefix + this.#options.owner;
  }
}
