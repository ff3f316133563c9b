/** One term of one leader. The epoch grows with every term, so that what the leader writes to can tell the newest. */
export interface Leadership {
  readonly epoch: number;
}

/**
 * One named lease that at most one member holds; the port behind which a SQL row and a Kubernetes Lease stand. Calls have a time
 * limit of their own.
 */
export abstract class Lease {
  /** After this many ms without a renewal somebody else may have it. */
  abstract readonly ttlMs: number;
  /** Begins a term where the lease is free or has run out, with an epoch greater than `above`; undefined where somebody holds it. */
  abstract acquire(above: number): Promise<Leadership | undefined>;
  /** False once the term is over, however that came about. */
  abstract renew(leadership: Leadership): Promise<boolean>;
  /** Ends a term early, so that the next leader need not wait for its end; nothing where it is over already. */
  abstract release(leadership: Leadership): Promise<void>;
}

/**
 * What the leader writes to, as far as elections are concerned. A lease alone does not keep a paused leader's late write out:
 * every write of a leader has to look at the fence in its own statement (`FENCE_HOLDS` of sql-fence.ts).
 */
export abstract class Fence {
  /** Lets a new leader in and all older ones out; otherwise the newest epoch that was let in before. */
  abstract raise(leadership: Leadership): Promise<{ readonly accepted: boolean; readonly newest: number }>;
}
