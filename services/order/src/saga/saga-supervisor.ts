// Pattern: Scheduler Agent Supervisor (the supervisor). It knows rows and deadlines, no business.
import type { Signal } from '@souk/messaging';
import type { AppLogger } from '@souk/service-kit';
import { ATTENTION_AFTER, type RemoteCalls } from '../persistence/remote-calls.js';

const PERIOD_MS = 1_000;
const RECLAIM_AT_ONCE = 64;

export interface SagaSupervisorParts {
  readonly calls: RemoteCalls;
  readonly claimMs: number;
  readonly agentWake: Signal;
  /** Moves sagas whose deadline has passed; returns how many. */
  readonly advanceOverdue: () => Promise<number>;
  /** Forgets idempotency keys and inbox rows that are past their time. */
  readonly tidyUp: () => Promise<void>;
  readonly logger: Pick<AppLogger, 'warn' | 'error'>;
}

/**
 * Restarts what overran: calls whose agent let the claim run out, and sagas that wait for an answer too long. Every replica
 * runs one; rows are claimed under their lock, so each is restarted once.
 */
export class SagaSupervisor {
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #rounds = 0;

  constructor(private readonly parts: SagaSupervisorParts) {}

  start(): void {
    this.#timer = setTimeout(() => {
      this.#round = this.round()
        .catch((err: unknown) => this.parts.logger.warn({ err }, 'the saga supervisor could not look after the sagas'))
        .finally(() => this.#timer && this.start());
    }, PERIOD_MS);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#round;
  }

  /** One look at everything that is overdue. */
  async round(): Promise<void> {
    const { calls, claimMs, agentWake, advanceOverdue, tidyUp, logger } = this.parts;
    const reclaimed = await calls.reclaim(RECLAIM_AT_ONCE, claimMs);
    for (const call of reclaimed.filter(({ failureCount }) => failureCount === ATTENTION_AFTER)) {
      logger.error(call, 'a payment call keeps failing: needs attention');
    }
    if (reclaimed.length > 0) agentWake.notify();
    await advanceOverdue();
    this.#rounds += 1;
    if (this.#rounds % 60 === 1) await tidyUp();
  }
}
