// Pattern: Leader Election
import { failpoint } from '@souk/failpoints';
import { AFTER_ACQUIRE, BEFORE_RELEASE, BEFORE_RENEW } from './failpoints.js';
import type { Fence, Leadership, Lease } from './lease.js';
import { pause } from './pause.js';
import { Term } from './term.js';

export interface ElectorParts {
  readonly lease: Lease;
  readonly fence: Fence;
  /** Runs while this member leads. It ends soon after `term.signal` aborts and calls `term.progress()` as it gets on. */
  readonly task: (term: Term) => Promise<void>;
  /** A task that shows no progress for so long is taken for stuck: it loses the lease. Default two TTLs. */
  readonly stallMs?: number;
  readonly logger: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

const ASKS_A_TTL = 3;

/**
 * One member of an election. As a follower it asks for the lease three times a TTL, so that a dead leader is replaced within TTL
 * plus a third of it; as the leader it runs the task and renews as often. What ends a term: a lost or unanswered renewal, a task
 * that ends, fails or stalls, and `stop`. While the store of the lease is out of reach nobody leads.
 */
export class Elector {
  readonly #pollMs: number;
  #running = false;
  #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #term: Term | undefined;
  #floor = 0;
  #reachable = true;

  constructor(private readonly parts: ElectorParts) {
    this.#pollMs = parts.lease.ttlMs / ASKS_A_TTL;
  }

  /** The term of this member while it leads. */
  get term(): Leadership | undefined {
    return this.#term?.isOurs ? this.#term : undefined;
  }

  /** False while the store of the lease does not answer: then nobody leads for longer than a TTL. */
  get reachable(): boolean {
    return this.#reachable;
  }

  start(): void {
    this.#running = true;
    this.#stopping = new AbortController();
    this.#loop = this.#run();
  }

  /** Ends the task, then gives the lease back: the next leader need not wait. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#stopping.abort();
    this.#term?.end('the member stops');
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#running) {
      const term = await this.#campaign();
      if (term) await this.#lead(term);
      await pause(this.#pollMs, this.#stopping.signal);
    }
  }

  async #campaign(): Promise<Term | undefined> {
    const { lease, logger } = this.parts;
    const askedAt = performance.now();
    try {
      const leadership = await lease.acquire(this.#floor);
      this.#answered();
      if (!leadership) return undefined;
      await failpoint(AFTER_ACQUIRE);
      const raised = await this.#raised(leadership);
      if (raised?.accepted) return new Term(leadership, askedAt, lease.ttlMs);
      if (raised !== undefined) {
        // A lease that was made anew, or lives elsewhere now, counts from the start: the next try is above what the store knows.
        this.#floor = raised.newest;
        logger.warn({ ...leadership, ...raised }, 'the fence knows a newer leader, the lease is asked for again');
      }
      await lease.release(leadership);
    } catch (err) {
      this.#unanswered(err);
    }
    return undefined;
  }

  /** Undefined where the fence is out of reach: another member may reach it, and shall have the lease. */
  async #raised(leadership: Leadership): Promise<Awaited<ReturnType<Fence['raise']>> | undefined> {
    try {
      return await this.parts.fence.raise(leadership);
    } catch (err) {
      this.parts.logger.warn({ ...leadership, err }, 'the fence could not be raised, the lease is given back');
      return undefined;
    }
  }

  async #lead(term: Term): Promise<void> {
    const { lease, task, logger } = this.parts;
    const { epoch } = term;
    this.#term = term;
    if (!this.#running) term.end('the member stops');
    logger.info({ epoch }, 'leads');
    const work = Promise.resolve()
      .then(() => task(term))
      .catch((err: unknown) => logger.warn({ epoch, err }, 'the task of the leader failed'))
      .finally(() => term.end('the task has ended'));
    await this.#renew(term);
    const stuck = await this.#settles(work);
    logger.info({ epoch, why: String((term.signal.reason as Error).message) }, 'leads no more');
    this.#term = undefined;
    // A stuck task keeps nobody else from leading, for its writes are fenced out; this member waits for its end.
    await failpoint(BEFORE_RELEASE)
      .then(() => lease.release(term))
      .catch((err: unknown) => this.#unanswered(err));
    if (stuck) await work;
  }

  async #renew(term: Term): Promise<void> {
    const { lease, stallMs = 2 * lease.ttlMs } = this.parts;
    for (;;) {
      await pause(this.#pollMs, term.signal);
      if (!term.isOurs) return term.end('the lease could not be renewed in time');
      if (term.stalledFor() > stallMs) return term.end('the task makes no progress');
      const askedAt = performance.now();
      const renewed = await this.#ask(term);
      if (renewed === true) term.extend(askedAt, lease.ttlMs);
      if (renewed === false) return term.end('the lease was lost');
    }
  }

  /** Undefined where there was no answer: the term goes on until its deadline. */
  async #ask(term: Term): Promise<boolean | undefined> {
    try {
      await failpoint(BEFORE_RENEW);
      const renewed = await this.parts.lease.renew(term);
      this.#answered();
      return renewed;
    } catch (err) {
      this.#unanswered(err);
      return undefined;
    }
  }

  /** True where the task goes on although it was told to stop a TTL ago. */
  async #settles(work: Promise<void>): Promise<boolean> {
    const patience = new AbortController();
    const stuck = await Promise.race([
      work.then(() => false),
      pause(this.parts.lease.ttlMs, patience.signal).then(() => true),
    ]);
    patience.abort();
    return stuck;
  }

  #answered(): void {
    if (!this.#reachable) this.parts.logger.info({}, 'the store of the lease answers again');
    this.#reachable = true;
  }

  #unanswered(err: unknown): void {
    if (this.#reachable)
      this.parts.logger.warn({ err }, 'the store of the lease does not answer: nobody leads for long');
    this.#reachable = false;
  }
}
