import type { Queryable } from '@souk/outbox';
import { type DueSaga, SagaTimers } from './saga-timers.js';

interface Timer extends DueSaga {
  readonly dueAt: Date;
}

const TAKE = `update sagas s set due_at = null from (select order_id, due_at from sagas where due_at is not null) before
  where s.order_id = before.order_id
  returning s.order_id as "orderId", coalesce(s.cause, '{}') as cause, before.due_at as "dueAt"`;

/**
 * Variant `saga-no-timers`: deadlines move into the memory of whoever looks after them. It forgets that processes die: what was
 * not answered by then is never repeated and never given up, and orders stay half done.
 */
export class MemorySagaTimers extends SagaTimers {
  readonly #timers = new Map<string, Timer>();

  constructor(private readonly db: Queryable) {
    super();
  }

  async due(now: Date, limit: number): Promise<DueSaga[]> {
    const { rows } = await this.db.query<Timer>(TAKE);
    for (const timer of rows) this.#timers.set(timer.orderId, timer);
    const due = [...this.#timers.values()].filter(({ dueAt }) => dueAt <= now).slice(0, limit);
    due.forEach(({ orderId }) => this.#timers.delete(orderId));
    return due;
  }
}
