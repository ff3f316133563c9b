/** Integer minor units and an ISO 4217 code. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

export const sameMoney = (a: Money, b: Money): boolean => a.amount === b.amount && a.currency === b.currency;

/** For people: `12.30 EUR`. Every currency of the shop has two decimals. */
export const formatMoney = ({ amount, currency }: Money): string => `${(amount / 100).toFixed(2)} ${currency}`;
