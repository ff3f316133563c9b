import { z } from 'zod';
import { money, moneyInput, text, uuid } from '../common.js';

/** POST /payments/authorise, with Idempotency-Key. 201 with `payment`, also when declined: a decline is an answer, not an error. */
export const authorisePayment = z.strictObject({
  orderId: uuid,
  amount: moneyInput,
  method: z.strictObject({ type: z.literal('card'), token: text(100) }),
});
export type AuthorisePayment = z.infer<typeof authorisePayment>;

/** POST /payments/:paymentId/{capture,void,refund}, with Idempotency-Key; the body is empty ({}). Amounts are always the whole payment. */
export const payment = z.object({
  paymentId: uuid,
  orderId: uuid,
  amount: money,
  status: z.enum(['authorised', 'declined', 'captured', 'voided', 'refunded']),
});
export type Payment = z.infer<typeof payment>;

/** GET and PUT /knobs of the simulator: how the outside world misbehaves. */
export const paymentKnobs = z.strictObject({
  declinePercent: z.number().min(0).max(100).default(0),
  latencyMs: z.int().min(0).max(60_000).default(0),
  errorPercent: z.number().min(0).max(100).default(0),
});
export type PaymentKnobs = z.infer<typeof paymentKnobs>;

/** Test tokens of the simulator, in the manner of public payment sandboxes. */
export const TEST_TOKENS = { ok: 'tok_visa', declined: 'tok_declined' } as const;
