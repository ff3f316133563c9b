import { PaymentError } from './payment.errors.js';

export interface Payment {
  readonly paymentId: string;
  readonly orderId: string;
  readonly amount: { readonly amount: number; readonly currency: string };
  readonly status: PaymentStatus;
}

export type PaymentStatus = 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded';
export type MoveKind = 'capture' | 'void' | 'refund';
export type Account = 'customer' | 'hold' | 'shop';

/** From which state a move leads where; everything else is refused. */
export const moves: Readonly<Record<MoveKind, { readonly from: PaymentStatus; readonly to: PaymentStatus }>> = {
  capture: { from: 'authorised', to: 'captured' },
  void: { from: 'authorised', to: 'voided' },
  refund: { from: 'captured', to: 'refunded' },
};

/** What each movement takes from one account and gives to another. */
export const bookings: Readonly<Record<'authorise' | MoveKind, { readonly debit: Account; readonly credit: Account }>> =
  {
    authorise: { debit: 'customer', credit: 'hold' },
    capture: { debit: 'hold', credit: 'shop' },
    void: { debit: 'hold', credit: 'customer' },
    refund: { debit: 'shop', credit: 'customer' },
  };

/** The state after `kind`, or undefined when it was applied before and nothing is left to do. @throws PaymentError `payment-state` */
export function decideMove(payment: Payment, kind: MoveKind): PaymentStatus | undefined {
  const { from, to } = moves[kind];
  if (payment.status === to) return undefined;
  if (payment.status !== from) {
    throw new PaymentError('conflict', 'payment-state', `A ${payment.status} payment cannot take a ${kind}.`);
  }
  return to;
}

/** `dice` is a number in [0, 100): below the percentage means declined. Only the token that stands for a good card is good. */
export function decideAuthorisation(
  token: string,
  goodToken: string,
  declinePercent: number,
  dice: number,
): PaymentStatus {
  return token === goodToken && dice >= declinePercent ? 'authorised' : 'declined';
}
