import { type AuthorisePayment as Body, TEST_TOKENS } from '@souk/contracts';
import { canonicalHash } from '@souk/http';
import { decideAuthorisation, type Payment } from '../domain/payment.js';
import type { IdempotentCalls } from '../persistence/idempotent-calls.js';
import type { Answer, PaymentLedger } from '../persistence/payment-ledger.js';
import type { OutsideWorld } from './outside-world.js';

/** Holds the whole amount; 201 also when declined. */
export class AuthorisePayment {
  readonly #calls: IdempotentCalls;
  readonly #ledger: PaymentLedger;
  readonly #world: OutsideWorld;
  readonly #newId: () => string;

  constructor(calls: IdempotentCalls, ledger: PaymentLedger, world: OutsideWorld, newId: () => string) {
    this.#calls = calls;
    this.#ledger = ledger;
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
        write: () => {
          const payment = this.#decide(body);
          return this.#ledger.authorise({ key, requestHash, payment, answer: { status: 201, body: payment } });
        },
      }),
    );
  }

  #decide({ method, orderId, amount }: Body): Payment {
    const { declinePercent } = this.#world;
    const status = decideAuthorisation(method.token, TEST_TOKENS.ok, declinePercent, this.#world.dice());
    return { paymentId: this.#newId(), orderId, amount, status };
  }
}
