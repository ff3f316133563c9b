import type * as mongo from 'mongodb';
import { lanesOf } from '@souk/outbox';
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
  /** Milliseconds that only grow; default performance.now. */
  readonly elapsed?: () => number;
}

/**
 * Which lanes a relay should ask for, so that replicas share them: each says now and then that it is there, and all count alike.
 * Only advice; who publishes is settled by the leases, whatever two replicas believe.
 */
export class LaneMembers {
  readonly #options: LaneMembersOptions;
  #share: ReadonlySet<number> = new Set();
  /** Member → what it said last, and when that was news to us. */
  #heard: ReadonlyMap<string, { readonly said: number; readonly at: number }> = new Map();

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
    const ids = this.#live(seen, at).toSorted();
    this.#share = new Set(lanesOf(ids.indexOf(this.#id), ids.length));
    // Process starts add up; who has been silent for an hour is not coming back under that name.
    const gone = seen.find(({ expiresAt }) => expiresAt.getTime() < at - 3_600_000);
    if (gone !== undefined) await leases.deleteOne({ _id: gone._id });
  }

  /** Clocks of others are trusted at first sight alone; from then on who says something new is there, by our own clock. */
  #live(seen: readonly LeaseDocument[], at: number): string[] {
    const { memberMs, elapsed = () => performance.now() } = this.#options;
    const time = elapsed();
    const news = ({ _id, expiresAt }: LeaseDocument) => {
      const said = expiresAt.getTime();
      const known = this.#heard.get(_id);
      if (known?.said === said) return known;
      return { said, at: known === undefined && said <= at ? -Infinity : time };
    };
    this.#heard = new Map(seen.map((one) => [one._id, news(one)]));
    return [...this.#heard].filter(([id, one]) => id === this.#id || time - one.at < memberMs).map(([id]) => id);
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
