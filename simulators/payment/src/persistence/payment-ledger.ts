import { uuid } from '@souk/contracts';
import { definePoint, failpoint } from '@souk/failpoints';
import { batcher, withTransaction } from '@souk/outbox';
import type pg from 'pg';
import { bookings, type MoveKind, moves, type Payment } from '../domain/payment.js';
import { type PaymentRow, toPayment } from './payment-row.js';
import { AUTHORISE, LOOK, MOVE, RECORD } from './payment-sql.js';

const BEFORE_COMMIT = definePoint(
  'payment.before-commit',
  'money has moved and its key is written, nothing is committed',
);

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What a call is known by. */
export interface CallKey {
  readonly key: string;
  readonly requestHash: string;
}

export interface Authorisation extends CallKey {
  readonly payment: Payment;
  readonly answer: Answer;
}

export interface Move extends CallKey {
  readonly paymentId: string;
  readonly kind: MoveKind;
  readonly status: number;
}

/** What is there already, as of one moment. */
export interface Seen {
  readonly recorded?: { readonly requestHash: string; readonly answer: Answer };
  readonly payment?: Payment;
}

type Written = ReadonlyMap<string, unknown>;
type SeenRow = PaymentRow & { request_hash: string | null; answer_status: number; response: unknown };

/**
 * Payments, their bookings and the answers to the calls. What a call writes is one statement, which calls that come together
 * share. The key decides: nothing is written for one that exists, nor may one key be given twice at once.
 */
export class PaymentLedger {
  constructor(private readonly pool: pg.Pool) {}

  /** Undefined when the key exists: nothing was written. */
  readonly authorise: (call: Authorisation) => Promise<Answer | undefined> = batcher(async (calls: Authorisation[]) => {
    const written = await this.#write('authorise-payments', AUTHORISE, [JSON.stringify(calls.map(authorisationRow))]);
    return calls.map(({ key, answer }) => (written.has(key) ? answer : undefined));
  });

  /** Undefined when nothing was written: the key exists, or the payment is not where the move begins. */
  async move(call: Move): Promise<Answer | undefined> {
    return isId(call.paymentId) ? this.#move(call).catch(keyTaken) : undefined;
  }

  async look(key: string, paymentId?: string): Promise<Seen> {
    // An id that cannot exist is one that does not; PostgreSQL would call it a syntax error.
    const values = [key, isId(paymentId) ? paymentId : null];
    const { rows } = await this.pool.query<SeenRow>({ name: 'look', text: LOOK, values });
    const row = rows[0];
    return {
      ...(row?.request_hash && {
        recorded: { requestHash: row.request_hash, answer: { status: row.answer_status, body: row.response } },
      }),
      ...(row?.payment_id && { payment: toPayment(row) }),
    };
  }

  /** The answer to a call that moves nothing; false when the key exists. */
  async record({ key, requestHash }: CallKey, { status, body }: Answer): Promise<boolean> {
    const values = [key, requestHash, status, JSON.stringify(body)];
    return (await this.pool.query({ name: 'record-answer', text: RECORD, values })).rowCount === 1;
  }

  readonly #move = batcher(async (calls: Move[]) => {
    const rows = JSON.stringify(calls.map(moveRow));
    const written = await this.#write('move-payments', MOVE, [rows]);
    return calls.map(({ key, status }) => (written.has(key) ? { status, body: written.get(key) } : undefined));
  });

  /** The answers by key, where the statement makes them. */
  #write(name: string, text: string, values: unknown[]): Promise<Written> {
    return withTransaction(this.pool, async (tx) => {
      const { rows } = await tx.query<{ key: string; answer: unknown }>({ name, text, values });
      await failpoint(BEFORE_COMMIT);
      return new Map(rows.map(({ key, answer }) => [key, answer]));
    });
  }
}

/** The key stands for something else, or another process was faster with it: nothing of the call was written. */
function keyTaken(error: unknown): undefined {
  if (error instanceof Error && 'constraint' in error && error.constraint === 'idempotency_keys_pkey') return undefined;
  throw error;
}

const isId = (text: string | undefined): boolean => uuid.safeParse(text).success;

const authorisationRow = ({ key, requestHash, payment, answer }: Authorisation) => ({
  key,
  request_hash: requestHash,
  answer_status: answer.status,
  answer: answer.body,
  payment_id: payment.paymentId,
  order_id: payment.orderId,
  ...payment.amount,
  status: payment.status,
  ...bookings.authorise,
});

const moveRow = ({ key, requestHash, paymentId, kind, status }: Move) => ({
  key,
  request_hash: requestHash,
  answer_status: status,
  payment_id: paymentId,
  kind,
  ...moves[kind],
  ...bookings[kind],
});
