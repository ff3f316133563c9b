import { canonicalHash } from '@souk/http';
import { decideMove, type MoveKind } from '../domain/payment.js';
import type { Answer, IdempotentCalls } from '../persistence/idempotent-calls.js';
import { bookMove, lockPayment } from '../persistence/payment-ledger.js';
import type { OutsideWorld } from './outside-world.js';

/** Capture, void and refund of a whole payment. */
export class MovePayment {
  readonly #calls: IdempotentCalls;
  readonly #world: OutsideWorld;

  constructor(calls: IdempotentCalls, world: OutsideWorld) {
    this.#calls = calls;
    this.#world = world;
  }

  handle(key: string, paymentId: string, kind: MoveKind): Promise<Answer> {
    const requestHash = canonicalHash([kind, paymentId]);
    return this.#world.around((before) =>
      this.#calls.once({
        key,
        requestHash,
        before,
        effect: async (tx) => {
          const payment = await lockPayment(tx, paymentId);
          const status = decideMove(payment, kind);
          if (status !== undefined) await bookMove(tx, paymentId, kind, status);
          return { status: 200, body: { ...payment, status: status ?? payment.status } };
        },
      }),
    );
  }
}
