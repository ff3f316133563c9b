import type { Queryable } from '@souk/outbox';
import type { Cause } from '../messaging/order-messages.js';

/** A saga that waits for something that should have come; `cause` is the request that placed its order. */
export interface DueSaga {
  readonly orderId: string;
  readonly cause: Cause;
}

/** Which sagas have to be looked at. */
export abstract class SagaTimers {
  /** The longest overdue first. */
  abstract due(now: Date, limit: number): Promise<DueSaga[]>;
}

const DUE = `select order_id as "orderId", coalesce(cause, '{}') as cause from sagas where due_at <= $1
  order by due_at limit $2`;

/** Timers are rows, written with the step that they are for: whoever is alive finds them. */
export class StoredSagaTimers extends SagaTimers {
  constructor(private readonly db: Queryable) {
    super();
  }

  async due(now: Date, limit: number): Promise<DueSaga[]> {
    return (await this.db.query<DueSaga>({ name: 'due-sagas', text: DUE, values: [now, limit] })).rows;
  }
}
