// Pattern: Scheduler Agent Supervisor (the supervisor). It knows rows and deadlines, no business.
import { pause, type Term } from '@souk/election';
import { failpoint } from '@souk/failpoints';
import type { AppLogger } from '@souk/service-kit';
import { AFTER_RECLAIM, BEFORE_RECLAIM } from '../failpoints.js';
import { ATTENTION_AFTER } from '../persistence/remote-calls.js';
import { Deposed, StuckSagas, type Supervision } from '../persistence/supervision.js';

/** Trade-off: half of it is added to what a person waits for after a crash; a round costs two small statements (docs). */
const PERIOD_MS = 1_000;
const FREE_AT_ONCE = 64;

export interface SagaSupervisorParts {
  readonly supervision: Pick<Supervision, 'free'>;
  /** Moves sagas whose deadline has passed, for the leader of that epoch. */
  readonly advanceOverdue: (epoch: number) => Promise<unknown>;
  /** Forgets idempotency keys and inbox rows that are past their time. */
  readonly tidyUp: () => Promise<void>;
  readonly logger: Pick<AppLogger, 'warn' | 'error'>;
}

/**
 * Restarts what overran: calls whose agent let the claim run out, and sagas that wait for an answer too long. One leader does it
 * for all replicas; the work that it frees is anybody's.
 */
export class SagaSupervisor {
  #rounds = 0;

  constructor(private readonly parts: SagaSupervisorParts) {}

  /** The task of the leader: a round a second until the term is over. */
  readonly supervise = async (term: Pick<Term, 'epoch' | 'signal' | 'isOurs' | 'progress'>): Promise<void> => {
    while (term.isOurs) {
      try {
        await this.round(term.epoch);
        term.progress();
      } catch (err) {
        if (err instanceof Deposed) throw err;
        this.parts.logger.warn({ err }, 'the saga supervisor could not look after the sagas');
      }
      await pause(PERIOD_MS, term.signal);
    }
  };

  /** One look at everything that is overdue. @throws Deposed */
  async round(epoch: number): Promise<void> {
    const { supervision, advanceOverdue, tidyUp, logger } = this.parts;
    await failpoint(BEFORE_RECLAIM);
    for (const call of await supervision.free(epoch, FREE_AT_ONCE)) {
      if (call.failureCount === ATTENTION_AFTER) logger.error(call, 'a payment call keeps failing: needs attention');
    }
    await failpoint(AFTER_RECLAIM);
    await advanceOverdue(epoch).catch((error: unknown) => {
      if (!(error instanceof StuckSagas)) throw error;
      // Each is put off, and the others have gone on: the round is as good as any.
      logger.warn({ err: error }, 'sagas cannot be moved');
    });
    this.#rounds += 1;
    if (this.#rounds % 60 === 1) await tidyUp();
  }
}
