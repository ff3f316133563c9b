import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpRequest, HttpResponse } from '@souk/http';
import { EUR, ORDER_ID, PAYMENT_ID } from '../test/order.mother.js';
import { PaymentClient } from './payment-client.js';

const charge = { orderId: ORDER_ID, amount: EUR(5_499), method: { type: 'card', token: 'tok_visa' } };
const payment = { paymentId: PAYMENT_ID, orderId: ORDER_ID, amount: charge.amount, status: 'authorised' };
const refusal = (status: number, code: string) => ({ type: 't', title: 'x', status, code });

/** The provider as the client sees it: answers in their order, and what it was asked. */
let answers: [status: number, body: unknown][];
let asked: HttpRequest[];
const request = async (call: HttpRequest): Promise<HttpResponse> => {
  asked.push(call);
  const [status, body] = answers.shift() ?? [200, payment];
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: {}, body: Object.assign(Readable.from([]), { text: async () => text }) as never };
};
const client = new PaymentClient({ request });
const carryOut = (operation: string, payload: unknown) =>
  client.carryOut({ operation, payload }, { signal: AbortSignal.timeout(1_000), endsAt: performance.now() + 1_000 });

beforeEach(() => {
  answers = [];
  asked = [];
});

describe('the payment client', () => {
  it('names each wish by order and verb, so that a repeat is the same wish', async () => {
    for (const operation of ['authorise', 'authorise']) await carryOut(operation, charge);
    for (const operation of ['capture', 'refund', 'capture'])
      await carryOut(operation, { orderId: ORDER_ID, paymentId: PAYMENT_ID });
    expect(asked.map(({ headers }) => headers?.['idempotency-key'])).toEqual(
      ['authorise', 'authorise', 'capture', 'refund', 'capture'].map((verb) => `${ORDER_ID}:${verb}`),
    );
  });

  it.each<[string, number, unknown]>([
    ['a fault', 500, 'oops'],
    ['a provider that is away', 503, {}],
    ['a key whose first request still runs', 409, refusal(409, 'idempotency-key-in-flight')],
    ['too many requests', 429, {}],
    ['a credential that is no longer good', 401, refusal(401, 'unauthenticated')],
    ['a caller who is not let in', 403, {}],
    ['an ambassador that cannot reach it', 502, refusal(502, 'upstream-unreachable')],
    ['an ambassador that has opened its circuit', 503, refusal(503, 'upstream-open')],
    ['an ambassador that sends it no more', 503, refusal(503, 'upstream-saturated')],
    ['an ambassador that waited long enough', 504, refusal(504, 'upstream-timeout')],
  ])('may try again after %s', async (_, status, body) => {
    answers = [[status, body]];
    await expect(carryOut('capture', { orderId: ORDER_ID, paymentId: PAYMENT_ID })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'payment-unavailable',
    });
  });

  it('AMB-3 tells how long it waits, so that the ambassador tries again within that time only', async () => {
    await carryOut('authorise', charge);
    const told = Number(asked[0]?.headers?.['x-deadline-ms']);
    expect(told).toBeGreaterThan(500);
    expect(told).toBeLessThanOrEqual(1_000);
  });

  it('takes what the provider says of the request for the answer to an authorisation: it would have been that of every try', async () => {
    answers = [[400, refusal(400, 'validation-failed')]];
    expect(await carryOut('authorise', charge)).toEqual({ type: 'payment.failed' });
    answers = [[400, refusal(400, 'validation-failed')]];
    expect(await carryOut('void', charge)).toEqual({ type: 'payment.voided' });
    expect(asked).toHaveLength(2);
  });

  it.each<[string, number, unknown]>([
    ['a key that names another request', 422, refusal(422, 'idempotency-key-reused')],
    ['an address that has gone', 404, {}],
    ['an ambassador that does not understand', 400, refusal(400, 'ambassador-header-invalid')],
    ['a proxy on the way', 413, '<html>'],
    ['another one', 422, '<html>'],
  ])(
    'leaves an authorisation to a person after %s: an earlier try may have taken the money',
    async (_, status, body) => {
      answers = [[status, body]];
      await expect(carryOut('authorise', charge)).rejects.toMatchObject({ name: 'PaymentRefused' });
    },
  );

  it('leaves everything else that was refused to a person', async () => {
    for (const [status, code] of [
      [409, 'payment-state'],
      [400, 'validation-failed'],
    ] as const) {
      answers = [[status, refusal(status, code)]];
      await expect(carryOut('capture', { orderId: ORDER_ID, paymentId: PAYMENT_ID })).rejects.toMatchObject({
        name: 'PaymentRefused',
      });
    }
  });

  it('voids an authorisation of unknown outcome by its own name, and needs nothing for one that was refused', async () => {
    expect(await carryOut('void', charge)).toEqual({ type: 'payment.voided' });
    expect(asked.map(({ path }) => path)).toEqual(['/payments/authorise', `/payments/${PAYMENT_ID}/void`]);
    answers = [[201, { ...payment, status: 'declined' }]];
    expect(await carryOut('void', charge)).toEqual({ type: 'payment.voided' });
    expect(asked).toHaveLength(3);
  });

  it('leaves an authorisation of unknown outcome to a person when its repeat is refused: the first may have taken the money', async () => {
    answers = [[422, refusal(422, 'idempotency-key-reused')]];
    await expect(carryOut('void', charge)).rejects.toMatchObject({ name: 'PaymentRefused' });
  });
});
