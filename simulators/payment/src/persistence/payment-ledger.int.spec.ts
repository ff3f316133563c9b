import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { configureFailpoints } from '@souk/failpoints';
import { createPgPool } from '@souk/service-kit';
import { createTestDatabase, type TestDatabase, waitFor } from '@souk/testing';
import fc from 'fast-check';
import type pg from 'pg';
import { type MoveKind, moves, type Payment } from '../domain/payment.js';
import { AuthorisePayment } from '../use-cases/authorise-payment.js';
import { MovePayment } from '../use-cases/move-payment.js';
import { OutsideWorld } from '../use-cases/outside-world.js';
import { IdempotentCalls } from './idempotent-calls.js';
import { PaymentLedger } from './payment-ledger.js';

const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);
const calm = { declinePercent: 0, latencyMs: 0, errorPercent: 0 };
const anOrder = (orderId: string = randomUUID()) => ({
  orderId,
  amount: { amount: 4_990, currency: 'EUR' },
  method: { type: 'card' as const, token: 'tok_visa' },
});

/** A process of the provider: what is in flight is known to one alone, the database to all. */
function aProcess(url: string) {
  const pool = createPgPool({ url, name: 'payment', max: 4 });
  const ledger = new PaymentLedger(pool);
  const calls = new IdempotentCalls(ledger);
  const world = new OutsideWorld(calm, () => 0.99);
  const [authorise, move] = [
    new AuthorisePayment(calls, ledger, world, randomUUID),
    new MovePayment(calls, ledger, world),
  ];
  return {
    pool,
    authorise: async (order = anOrder(), key: string = randomUUID()) =>
      (await authorise.handle(key, order)).body as Payment,
    /** The status of the payment after it, or the code of the refusal. */
    move: (paymentId: string, kind: MoveKind, key: string = randomUUID()): Promise<string> =>
      move.handle(key, paymentId, kind).then(
        ({ body }) => (body as Payment).status,
        (error: { code: string }) => error.code,
      ),
  };
}

describe('the payment ledger under concurrent calls', () => {
  let db: TestDatabase;
  let one: ReturnType<typeof aProcess>;
  let other: ReturnType<typeof aProcess>;

  beforeAll(async () => {
    db = await createTestDatabase('payment_ledger', join(import.meta.dirname, '../../migrations'));
    [one, other] = [aProcess(db.url), aProcess(db.url)];
  });
  afterAll(async () => {
    await Promise.all([one.pool.end(), other.pool.end()]);
    await db.drop();
  });
  afterEach(() => void configureFailpoints(''));

  const rows = async <R extends pg.QueryResultRow>(text: string, ...values: unknown[]): Promise<R[]> =>
    (await db.pool.query<R>(text, values)).rows;
  const kindsOf = async (paymentId: string): Promise<string[]> =>
    (await rows<{ kind: string }>('select kind from ledger where payment_id = $1 order by id', paymentId)).map(
      ({ kind }) => kind,
    );
  const keysLike = async (pattern: string): Promise<string[]> =>
    (await rows<{ key: string }>('select key from idempotency_keys where key like $1 order by key', pattern)).map(
      ({ key }) => key,
    );
  const openTransaction = async (): Promise<boolean> =>
    (
      await rows(
        `select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'
           and query like '%ledger%'`,
      )
    ).length > 0;
  const transactions = async (work: () => Promise<unknown>): Promise<number> => {
    let count = 0;
    const counting = (): void => void (count += 1);
    one.pool.on('acquire', counting);
    await work();
    one.pool.off('acquire', counting);
    return count;
  };

  it('calls that come together share a transaction', async () => {
    const orders = Array.from({ length: 30 }, () => anOrder());
    let payments: Payment[] = [];
    expect(
      await transactions(async () => void (payments = await Promise.all(orders.map((order) => one.authorise(order))))),
    ).toBe(1);
    expect(payments.map(({ orderId }) => orderId)).toEqual(orders.map(({ orderId }) => orderId));
    const captures = () => Promise.all(payments.map(({ paymentId }) => one.move(paymentId, 'capture')));
    expect(await transactions(async () => expect(new Set(await captures())).toEqual(new Set(['captured'])))).toBe(1);
    for (const { paymentId } of payments) expect(await kindsOf(paymentId)).toEqual(['authorise', 'capture']);
  });

  it('one payment captured under two keys at once is captured once, and both are told so', async () => {
    const { paymentId } = await one.authorise();
    const key = randomUUID();
    const answers = [one.move(paymentId, 'capture', `${key}-1`), one.move(paymentId, 'capture', `${key}-2`)];
    expect(await Promise.all(answers)).toEqual(['captured', 'captured']);
    expect(await kindsOf(paymentId)).toEqual(['authorise', 'capture']);
    expect(await keysLike(`${key}%`)).toEqual([`${key}-1`, `${key}-2`]);
  });

  it('a refused call of a batch is refused alone, and its key stays free', async () => {
    const [good, voided, fresh] = [await one.authorise(), await one.authorise(), await one.authorise()];
    await one.move(voided.paymentId, 'void');
    const key = randomUUID();
    expect(
      await Promise.all([
        one.move(good.paymentId, 'capture', `${key}-good`),
        one.move(voided.paymentId, 'capture', `${key}-late`),
        one.move(randomUUID(), 'capture', `${key}-unknown`),
        one.move('nope', 'capture', `${key}-nope`),
        one.move(fresh.paymentId, 'void', `${key}-void`),
      ]),
    ).toEqual(['captured', 'payment-state', 'payment-not-found', 'payment-not-found', 'voided']);
    expect(await keysLike(`${key}%`)).toEqual([`${key}-good`, `${key}-void`]);
  });

  it('two processes that race for one key have one effect and one answer', async () => {
    configureFailpoints('payment.before-commit=sleep:100');
    const [order, key] = [anOrder(), randomUUID()];
    const [first, second] = await Promise.all([one.authorise(order, key), other.authorise(order, key)]);
    expect(second).toEqual(first);
    expect(await rows('select status from payments where order_id = $1', order.orderId)).toHaveLength(1);
    const captures = [one, other].map((process) => process.move(first.paymentId, 'capture', `${key}-c`));
    expect(await Promise.all(captures)).toEqual(['captured', 'captured']);
    expect(await kindsOf(first.paymentId)).toEqual(['authorise', 'capture']);
  });

  it('a key that another process takes at that moment for something else moves nothing, the rest of the batch does', async () => {
    const [mine, neighbour] = [await one.authorise(), await one.authorise()];
    const key = randomUUID();
    configureFailpoints('payment.before-commit=sleep:2000@1');
    const theirs = other.authorise(anOrder(), key);
    await waitFor(openTransaction, { what: 'the key to be taken' });
    const answers = [one.move(mine.paymentId, 'capture', key), one.move(neighbour.paymentId, 'capture')];
    expect(await Promise.all(answers)).toEqual(['idempotency-key-reused', 'captured']);
    expect((await theirs).status).toBe('authorised');
    expect(await kindsOf(mine.paymentId)).toEqual(['authorise']);
    expect(await one.move(mine.paymentId, 'capture')).toBe('captured');
  });

  it('what fails before the commit has not happened', async () => {
    const { paymentId } = await one.authorise();
    const key = randomUUID();
    configureFailpoints('payment.before-commit=throw');
    await expect(one.authorise(anOrder(), `${key}-a`)).rejects.toThrow('failpoint');
    await one.move(paymentId, 'capture', `${key}-c`);
    configureFailpoints('');
    expect([await kindsOf(paymentId), await keysLike(`${key}%`)]).toEqual([['authorise'], []]);
    expect(await one.move(paymentId, 'capture', `${key}-c`)).toBe('captured');
  });

  it(`a storm of wishes from two processes leaves each payment with bookings that fit its state (random seed ${seed})`, async () => {
    const payments = await Promise.all(Array.from({ length: 12 }, () => one.authorise()));
    const wish = fc.record({
      process: fc.constantFrom(one, other),
      paymentId: fc.constantFrom(...payments.map(({ paymentId }) => paymentId)),
      kind: fc.constantFrom(...(Object.keys(moves) as MoveKind[])),
    });
    const wishes = fc.sample(wish, { seed, numRuns: 400 });
    const answers = await Promise.all(
      wishes.map(({ process, paymentId, kind }) => process.move(paymentId, kind, `${paymentId}:${kind}`)),
    );
    const expected = new Set(['captured', 'voided', 'refunded', 'payment-state', 'idempotency-key-in-flight']);
    expect(answers.filter((answer) => !expected.has(answer))).toEqual([]);
    const paths: Record<string, string[]> = {
      authorised: ['authorise'],
      voided: ['authorise', 'void'],
      captured: ['authorise', 'capture'],
      refunded: ['authorise', 'capture', 'refund'],
    };
    for (const { paymentId } of payments) {
      const [payment] = await rows<{ status: string }>('select status from payments where payment_id = $1', paymentId);
      expect(await kindsOf(paymentId)).toEqual(paths[payment?.status ?? '']);
      // A wish was granted if and only if it is on the path.
      expect(await keysLike(`${paymentId}:%`)).toEqual(
        (await kindsOf(paymentId))
          .slice(1)
          .map((kind) => `${paymentId}:${kind}`)
          .sort(),
      );
    }
  });
});
