import { CliError } from '../errors.ts';
import type { Progress } from '../output.ts';
import { soukCommand } from '../souk-command.ts';
import type { ShopContext } from './context.ts';
import { isFinal, lookAgain } from './order-outcome.ts';

export interface OrderResult {
  readonly orderId?: string;
  readonly orderStatus?: string;
}

/** The end of every `up`, on the host and in a cluster: an empty shop is filled, and one order must be confirmed. */
export async function seedAndOrder(
  shop: ShopContext,
  options: { readonly order: boolean },
  progress: Progress,
): Promise<OrderResult> {
  await progress.step('products and stock', async (report) => {
    const { seedShop } = await import('./seed.ts');
    const { products, created } = await seedShop(shop);
    report.result(created > 0 ? `${products} products, ${created} new` : `${products} products`);
  });
  if (!options.order) return {};
  return progress.step('order', async (report) => {
    const { placeOrder, renderTimeline } = await import('./place-order.ts');
    const { orderId, orderStatus, timeline } = await placeOrder(shop, {});
    report.result(`${orderId}  ${renderTimeline(timeline)}`);
    if (orderStatus !== 'confirmed') throw notConfirmed(shop, orderId, orderStatus);
    return { orderId, orderStatus };
  });
}

function notConfirmed(shop: ShopContext, orderId: string, status: string): CliError {
  if (!isFinal(status)) {
    const why = 'every part runs, but the shop did not end its first order in time';
    return new CliError(`order ${orderId} is still on its way (${status})`, why, lookAgain(shop, orderId));
  }
  return new CliError(
    `order ${orderId} ended as '${status}'`,
    'every part runs, but the shop did not confirm its first order',
    `${soukCommand(shop.instance, 'logs order')} and ${soukCommand(shop.instance, 'logs payment')} show what it met`,
  );
}
