import type pg from 'pg';
import type { Payment } from '../domain/payment.js';
import { paymentsOfOrder } from '../persistence/ledger-reports.js';

export class FindPayments {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  ofOrder(orderId: string): Promise<Payment[]> {
    return paymentsOfOrder(this.#pool, orderId);
  }
}
