import { definePoint, failpoint } from '@souk/failpoints';
import { type PgTx, withTransaction } from '@souk/messaging';
import type pg from 'pg';
import { PaymentError } from '../domain/payment.errors.js';

const BEFORE_BEGIN = definePoint('payment.before-begin', 'a call is taken, its transaction has not begun');
const BEFORE_COMMIT = definePoint(
  'payment.before-commit',
  'money has moved and its key is written, nothing is committed',
);
const AFTER_COMMIT = definePoint('payment.after-commit', 'money has moved for good, the caller has no answer');

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface KeyedCall {
  readonly key: string;
  readonly requestHash: string;
  readonly before: () => Promise<void>;
  readonly effect: (tx: PgTx) => Promise<Answer>;
}

interface KeyRow {
  request_hash: string;
  status: number | null;
  response: unknown;
}

/** Runs an effect once per Idempotency-Key, in one transaction with the record of its answer. A refusal is not recorded. */
export class IdempotentCalls {
  readonly #inFlight = new Set<string>();
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * The key is in flight from here on, the time in `before` included; that runs outside the transaction.
   * @throws PaymentError 409 `idempotency-key-in-flight` while the first call runs, 422 `idempotency-key-reused` for another request
   */
  async once({ key, requestHash, before, effect }: KeyedCall): Promise<Answer> {
    if (this.#inFlight.has(key)) throw inFlight();
    this.#inFlight.add(key);
    try {
      await before();
      await failpoint(BEFORE_BEGIN);
      const answer = await withTransaction(this.#pool, (tx) => claimAndRun(tx, { key, requestHash, effect }));
      await failpoint(AFTER_COMMIT);
      return answer;
    } finally {
      this.#inFlight.delete(key);
    }
  }
}

async function claimAndRun(tx: PgTx, { key, requestHash, effect }: Omit<KeyedCall, 'before'>): Promise<Answer> {
  const claim = 'insert into idempotency_keys (key, request_hash) values ($1, $2) on conflict (key) do nothing';
  if ((await tx.query({ name: 'claim-key', text: claim, values: [key, requestHash] })).rowCount === 0)
    return replay(tx, key, requestHash);
  const answer = await effect(tx);
  const record = 'update idempotency_keys set status = $2, response = $3 where key = $1';
  await tx.query({ name: 'record-answer', text: record, values: [key, answer.status, JSON.stringify(answer.body)] });
  await failpoint(BEFORE_COMMIT);
  return answer;
}

async function replay(tx: PgTx, key: string, requestHash: string): Promise<Answer> {
  const { rows } = await tx.query<KeyRow>(
    'select request_hash, status, response from idempotency_keys where key = $1',
    [key],
  );
  const row = rows[0];
  if (row === undefined || row.status === null) throw inFlight();
  if (row.request_hash !== requestHash) {
    throw new PaymentError(
      'unprocessable',
      'idempotency-key-reused',
      'This Idempotency-Key was used for another request.',
    );
  }
  return { status: row.status, body: row.response };
}

const inFlight = (): PaymentError =>
  new PaymentError(
    'conflict',
    'idempotency-key-in-flight',
    'The first request with this Idempotency-Key is still running.',
    1,
  );
