import { z } from 'zod';
import { authorisePayment, payment, paymentKnobs } from '../payment/http.js';
import { uuid } from '../common.js';
import type { Operation, ServiceApi } from './operation.js';
import { idempotencyKey, paymentId } from './parameters.js';

const keyed = [
  'idempotency-key-missing',
  'idempotency-key-invalid',
  'idempotency-key-reused',
  'idempotency-key-in-flight',
] as const;
const minor = z.int();
const sums = { captured: minor, refunded: minor, authorisedOpen: minor };

/** The ledger in sums, for `souk audit`; minor units. */
const ledgerSummary = z.object({
  ...sums,
  currencies: z.array(z.object({ currency: z.string(), ...sums })),
  byOrder: z.array(z.object({ orderId: uuid, currency: z.string(), ...sums })),
  next: uuid.optional(),
});

const payments: readonly Operation[] = [
  {
    id: 'authorisePayment',
    method: 'post',
    path: '/payments/authorise',
    access: 'anonymous',
    tag: 'Payments',
    summary: 'Reserve money on a card',
    headers: { 'Idempotency-Key': idempotencyKey },
    body: authorisePayment,
    answers: { 201: { description: 'Authorised, or declined: a decline is an answer, not an error', schema: payment } },
    problems: [...keyed, 'payment-unavailable'],
  },
  {
    id: 'movePayment',
    method: 'post',
    path: '/payments/{paymentId}/{kind}',
    access: 'anonymous',
    tag: 'Payments',
    summary: 'Capture, void or refund a whole payment',
    params: {
      paymentId,
      kind: { schema: z.enum(['capture', 'void', 'refund']), description: 'what to do with it' },
    },
    headers: { 'Idempotency-Key': idempotencyKey },
    body: z.strictObject({}),
    bodyOptional: true,
    answers: { 200: { description: 'The payment as it is now', schema: payment } },
    problems: [...keyed, 'payment-not-found', 'payment-state', 'payment-unavailable'],
  },
  {
    id: 'listPayments',
    method: 'get',
    path: '/payments',
    access: 'anonymous',
    tag: 'Payments',
    summary: 'Payments of an order',
    query: z.strictObject({ orderId: uuid }),
    answers: { 200: { description: 'Oldest first', schema: z.object({ items: z.array(payment) }) } },
  },
];

const simulator: readonly Operation[] = [
  {
    id: 'getPaymentKnobs',
    method: 'get',
    path: '/knobs',
    access: 'anonymous',
    tag: 'Simulator',
    summary: 'How the outside world misbehaves',
    answers: { 200: { description: 'The knobs', schema: paymentKnobs } },
  },
  {
    id: 'turnPaymentKnobs',
    method: 'put',
    path: '/knobs',
    access: 'anonymous',
    tag: 'Simulator',
    summary: 'Make the outside world misbehave',
    body: paymentKnobs,
    answers: { 200: { description: 'The knobs as they are now', schema: paymentKnobs } },
  },
  {
    id: 'summariseLedger',
    method: 'get',
    path: '/ledger/summary',
    access: 'anonymous',
    tag: 'Simulator',
    summary: 'Sums of the ledger, by order',
    query: z.strictObject({ after: uuid.optional(), limit: z.coerce.number().int().min(1).max(5_000).default(1_000) }),
    queryHelp: { after: '`next` of the page before' },
    answers: { 200: { description: 'Totals, and one page of orders', schema: ledgerSummary } },
  },
];

export const paymentApi: ServiceApi = {
  title: 'Payment simulator',
  description:
    'Stands for a payment provider: outside the system, reached by the order service alone. Development only.',
  security: 'none',
  operations: [...payments, ...simulator],
};
