import { canonicalHash } from '@souk/http';
import { PaymentError } from '../domain/payment.errors.js';
import { decideMove, type MoveKind, type Payment } from '../domain/payment.js';
import type { IdempotentCalls } from '../persistence/idempotent-calls.js';
import type { Answer, PaymentLedger } from '../persistence/payment-ledger.js';
import type { OutsideWorld } from './outside-world.js';

const MOVED = 200;

/** Capture, void and refund of a whole payment. */
export class MovePayment {
  readonly #calls: IdempotentCalls;
  readonly #ledger: PaymentLedger;
  readonly #world: OutsideWorld;

  constructor(calls: IdempotentCalls, ledger: PaymentLedger, world: OutsideWorld) {
    this.#calls = calls;
    this.#ledger = ledger;
    this.#world = world;
  }

  handle(key: string, paymentId: string, kind: MoveKind): Promise<Answer> {
    const requestHash = canonicalHash([kind, paymentId]);
    return this.#world.around((before) =>
      this.#calls.once({
        key,
        requestHash,
        before,
        paymentId,
        write: () => this.#ledger.move({ key, requestHash, paymentId, kind, status: MOVED }),
        otherwise: (payment) => answerTo(payment, kind),
      }),
    );
  }
}

/** For a move that was not written: done before, refused, or possible by now. */
function answerTo(payment: Payment | undefined, kind: MoveKind): Answer | undefined {
  if (payment === undefined) throw new PaymentError('not-found', 'payment-not-found', 'There is no such payment.');
  return decideMove(payment, kind) === undefined ? { status: MOVED, body: payment } : undefined;
}
