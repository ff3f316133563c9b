import { definePoint, failpoint } from '@souk/failpoints';
import { PaymentError } from '../domain/payment.errors.js';
import type { Payment } from '../domain/payment.js';
import type { Answer, CallKey, PaymentLedger, Seen } from './payment-ledger.js';

const BEFORE_BEGIN = definePoint('payment.before-begin', 'a call is taken, its transaction has not begun');
const AFTER_COMMIT = definePoint('payment.after-commit', 'money has moved for good, the caller has no answer');

export interface KeyedCall extends CallKey {
  readonly before: () => Promise<void>;
  /** Writes effect, key and answer together; undefined when it wrote nothing, because of the key or because of the payment. */
  readonly write: () => Promise<Answer | undefined>;
  /** Which payment the call is about, if it is about one that exists. */
  readonly paymentId?: string;
  /** The answer when there is nothing to write any more; undefined: another try will do it. @throws PaymentError a refusal */
  readonly otherwise?: (payment: Payment | undefined) => Answer | undefined;
}

/** Runs an effect once per Idempotency-Key, in one transaction with the record of its answer. A refusal is not recorded. */
export class IdempotentCalls {
  readonly #inFlight = new Set<string>();
  readonly #ledger: PaymentLedger;

  constructor(ledger: PaymentLedger) {
    this.#ledger = ledger;
  }

  /**
   * The key is in flight from here on, the time in `before` included; that runs outside the transaction.
   * @throws PaymentError 409 `idempotency-key-in-flight` while the first call runs, 422 `idempotency-key-reused` for another request
   */
  async once(call: KeyedCall): Promise<Answer> {
    if (this.#inFlight.has(call.key)) throw inFlight();
    this.#inFlight.add(call.key);
    try {
      await call.before();
      await failpoint(BEFORE_BEGIN);
      const answer = await this.#answer(call);
      await failpoint(AFTER_COMMIT);
      return answer;
    } finally {
      this.#inFlight.delete(call.key);
    }
  }

  /**
   * Writes first and looks only when nothing was written: nearly every key is new and nearly every payment where its move begins.
   * Each further round follows from what somebody else has done meanwhile.
   */
  async #answer(call: KeyedCall): Promise<Answer> {
    for (;;) {
      const written = await call.write();
      if (written !== undefined) return written;
      const { recorded, payment } = await this.#ledger.look(call.key, call.paymentId);
      if (recorded !== undefined) return replay(recorded, call);
      const answer = call.otherwise?.(payment);
      if (answer !== undefined && (await this.#ledger.record(call, answer))) return answer;
    }
  }
}

function replay({ requestHash, answer }: NonNullable<Seen['recorded']>, asked: CallKey): Answer {
  if (requestHash === asked.requestHash) return answer;
  throw new PaymentError(
    'unprocessable',
    'idempotency-key-reused',
    'This Idempotency-Key was used for another request.',
  );
}

const inFlight = (): PaymentError =>
  new PaymentError(
    'conflict',
    'idempotency-key-in-flight',
    'The first request with this Idempotency-Key is still running.',
    1,
  );
