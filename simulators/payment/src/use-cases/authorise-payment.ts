import { type AuthorisePayment as Body, TEST_TOKENS } from '@souk/contracts';
import { canonicalHash } from '@souk/http';
import { decideAuthorisation, type Payment } from '../domain/payment.js';
import type { Answer, IdempotentCalls } from '../persistence/idempotent-calls.js';
import { insertPayment } from '../persistence/payment-ledger.js';
import type { OutsideWorld } from './outside-world.js';

/** Holds the whole amount; 201 also when declined. */
export class AuthorisePayment {
  readonly #calls: IdempotentCalls;
  readonly #world: OutsideWorld;
  readonly #newId: () => string;

  constructor(calls: IdempotentCalls, world: OutsideWorld, newId: () => string) {
    this.#calls = calls;
    this.#world = world;
    this.#newId = newId;
  }

  handle(key: string, body: Body): Promise<Answer> {
    const requestHash = canonicalHash(['authorise', body]);
    return this.#world.around((before) =>
      this.#calls.once({
        key,
        requestHash,
        before,
        effect: async (tx) => {
          const status = decideAuthorisation(
            body.method.token,
            TEST_TOKENS.ok,
            this.#world.declinePercent,
            this.#world.dice(),
          );
          const payment: Payment = { paymentId: this.#newId(), orderId: body.orderId, amount: body.amount, status };
          await insertPayment(tx, payment);
          return { status: 201, body: payment };
        },
      }),
    );
  }
}
