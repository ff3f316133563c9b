import { failpoint } from '@souk/failpoints';
import { batcher, isTransient } from '@souk/outbox';
import { BEFORE_ADVANCE } from '../failpoints.js';
import type { Advance } from '../persistence/order-store.js';
import type { SagaTimers } from '../persistence/saga-timers.js';
import { Deposed, StuckSagas, type Supervision } from '../persistence/supervision.js';
import { overdue } from '../saga/order-process.js';
import type { AdvanceOrders } from './advance-orders.js';

const DUE_AT_ONCE = 100;
/** How long a saga that cannot be moved is left alone. */
const STUCK_PAUSE_MS = 60_000;

interface Failure {
  readonly orderId: string;
  readonly reason: unknown;
}

export interface AdvanceOverdueParts {
  readonly timers: SagaTimers;
  readonly supervision: Supervision;
  readonly orders: Pick<AdvanceOrders, 'commit' | 'within'>;
  readonly now: () => Date;
}

/** Moves sagas whose deadline has passed, for the leader of an epoch. */
export class AdvanceOverdue {
  constructor(private readonly parts: AdvanceOverdueParts) {}

  /** Returns how many sagas were due. @throws Deposed; StuckSagas, after all others were moved */
  async execute(epoch: number): Promise<number> {
    const { timers, now } = this.parts;
    const due = await timers.due(now(), DUE_AT_ONCE);
    await failpoint(BEFORE_ADVANCE);
    const one = this.#batcher(epoch);
    // Each on its own in the end: an order that cannot be moved must not hold up the others.
    const moved = await Promise.allSettled(
      due.map(({ orderId, cause }) => one({ orderId, step: overdue, cause: { ...cause, actor: 'saga' } })),
    );
    const failures = due.flatMap(({ orderId }, i) => {
      const result = moved[i];
      return result?.status === 'rejected' ? [{ orderId, reason: result.reason as unknown }] : [];
    });
    if (failures.length > 0) await this.#putOff(epoch, failures);
    return due.length;
  }

  /** Never returns. What fails with the store is no fault of the saga: it is due in the next round as well. */
  async #putOff(epoch: number, failures: readonly Failure[]): Promise<never> {
    const reasons = failures.map(({ reason }) => reason);
    const beyondIt = reasons.find((reason) => reason instanceof Deposed || isTransient(reason));
    if (beyondIt) throw beyondIt;
    const stuck = failures.map(({ orderId, reason }) => ({ orderId, cause: textOf(reason) }));
    const until = new Date(this.parts.now().getTime() + STUCK_PAUSE_MS);
    await this.parts.supervision.postpone(epoch, stuck, until);
    const ids = stuck.map(({ orderId }) => orderId).join(', ');
    throw new StuckSagas(reasons, `sagas that cannot be moved: ${ids}`);
  }

  /** All in one transaction, one by one when that fails. */
  #batcher(epoch: number): (advance: Advance) => Promise<void> {
    const { orders, supervision } = this.parts;
    return batcher(async (advances: Advance[]) => {
      await orders.commit(async (tx) => {
        await supervision.check(tx, epoch);
        return orders.within(tx, advances);
      });
      return advances.map(() => undefined);
    });
  }
}

const textOf = (reason: unknown): string => (reason instanceof Error ? reason.message : String(reason)).slice(0, 500);
