/** Proof of leadership: it grows with every change of leader, and what the leader writes to compares it. */
export interface Leadership {
  readonly epoch: number;
}

/** One named lease that at most one member holds; the port behind which a SQL row and a Kubernetes Lease stand. */
export abstract class LeaseStore {
  /** Takes the lease when it is free or run out, renews it when it is ours; undefined when somebody else holds it. */
  abstract acquireOrRenew(): Promise<Leadership | undefined>;
  /** Gives a lease that is ours back, so that the next one need not wait for its end. */
  abstract release(): Promise<void>;
}
