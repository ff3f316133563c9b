import { describe, expect, it } from '@jest/globals';
import {
  bookings,
  decideAuthorisation,
  decideMove,
  type MoveKind,
  moves,
  type Payment,
  type PaymentStatus,
} from './payment.js';

const states: PaymentStatus[] = ['authorised', 'declined', 'captured', 'voided', 'refunded'];
const kinds = Object.keys(moves) as MoveKind[];
const aPayment = (status: PaymentStatus): Payment => ({
  paymentId: 'p',
  orderId: 'o',
  amount: { amount: 100, currency: 'EUR' },
  status,
});
const allowed = ['authorised capture captured', 'authorised void voided', 'captured refund refunded'];

describe('a payment', () => {
  it.each(states.flatMap((status) => kinds.map((kind) => [status, kind] as const)))(
    'given %s, when %s',
    (status, kind) => {
      const move = allowed.find((text) => text.startsWith(`${status} ${kind} `));
      if (move !== undefined) expect(decideMove(aPayment(status), kind)).toBe(move.split(' ')[2]);
      else if (moves[kind].to === status) expect(decideMove(aPayment(status), kind)).toBeUndefined();
      else
        expect(() => decideMove(aPayment(status), kind)).toThrow(
          expect.objectContaining({ code: 'payment-state', kind: 'conflict' }),
        );
    },
  );

  it.each([
    ['tok_visa', 0, 0, 'authorised'],
    ['tok_visa', 30, 29.9, 'declined'],
    ['tok_visa', 30, 30, 'authorised'],
    ['tok_visa', 100, 99.99, 'declined'],
    ['tok_declined', 0, 50, 'declined'],
    ['tok_unheard_of', 0, 50, 'declined'],
  ])('with %s, %d %% declines and dice %d is %s', (token, percent, dice, status) => {
    expect(decideAuthorisation(token, 'tok_visa', percent, dice)).toBe(status);
  });

  it('moves money in a circle: what is authorised comes back by void, or by capture and refund', () => {
    const end = (...path: (keyof typeof bookings)[]) =>
      path.reduce((at, kind) => (bookings[kind].debit === at ? bookings[kind].credit : at), 'customer' as string);
    expect([
      end('authorise'),
      end('authorise', 'void'),
      end('authorise', 'capture'),
      end('authorise', 'capture', 'refund'),
    ]).toEqual(['hold', 'customer', 'shop', 'customer']);
  });
});
