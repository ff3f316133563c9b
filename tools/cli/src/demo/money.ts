import type { Money } from '@souk/contracts';

/** `34.90 EUR` */
export const price = ({ amount, currency }: Money): string => `${(amount / 100).toFixed(2)} ${currency}`;
