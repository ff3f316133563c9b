import type { PublicOrder } from '@souk/contracts';
import { details, EUR } from '../../test/order.mother.js';

/** The n-th order of a run: n minutes after noon of the first of January, unless said otherwise. */
export function aPublicOrder(n: number, overrides: Partial<PublicOrder> = {}): PublicOrder {
  const placedAt = new Date(Date.UTC(2026, 0, 1, 12, n)).toISOString();
  const { paymentMethod: _private, returnDays: _terms, lines, ...rest } = details();
  return {
    ...rest,
    lines: lines.map((line) => ({ ...line })),
    orderId: `01930000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
    status: 'confirmed',
    version: 6,
    placedAt,
    updatedAt: placedAt,
    ...overrides,
  };
}

/** One line of one product. */
export const bought = (
  sku: string,
  quantity: number,
  amount: number,
  currency = 'EUR',
): Pick<PublicOrder, 'lines' | 'total'> => ({
  lines: [{ sku, name: `A ${sku}`, quantity, unitPrice: { amount, currency } }],
  total: { ...EUR(amount * quantity), currency },
});
