import type { OrderStatus } from '@souk/contracts';
import { soukCommand } from '../souk-command.ts';

const FINAL: readonly OrderStatus[] = ['confirmed', 'rejected', 'cancelled', 'shipped', 'refunded'];

/** False for an order that may still be confirmed. */
export function isFinal(orderStatus: string): boolean {
  return (FINAL as readonly string[]).includes(orderStatus);
}

/** The command that looks at an order once more; it needs the token of the order's user. */
export function lookAgain(shop: { instance: string; gatewayUrl: string }, orderId: string, user = 'alice'): string {
  const token = soukCommand(shop.instance, `token ${user}`);
  return `curl -s "${shop.gatewayUrl}/api/orders/${orderId}?wait=10s" -H "authorization: Bearer $(${token})"`;
}
