import { randomUUID } from 'node:crypto';
import type { PublicOrder } from '@souk/contracts';
import { CliError } from '../../errors.ts';
import { renderTimeline } from '../../shop/place-order.ts';
import { waitFor } from '../../shop/wait-for.ts';
import { soukCommand } from '../../souk-command.ts';
import type { Chapter } from '../chapter.ts';
import { price } from '../money.ts';

const BACK_WITHIN_MS = 15_000;

export const order: Chapter = {
  id: 'order',
  title: 'Order',
  about: [
    'An order is accepted at once and then goes its way as a saga: stock, payment, commit, capture, confirmed.',
    'It is sent twice with the same Idempotency-Key, as a nervous finger would: there is one order all the same.',
  ],
  async play({ shop, say, run }) {
    run(`curl -s -X POST ${shop.context.gatewayUrl}/api/orders -H 'idempotency-key: …' …`);
    const [product] = await shop.pair('Kitchen');
    const cart = await shop.addToCart(product, 2);
    say(`cart: ${cart.lines.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ')} = ${price(cart.total)}`);
    const wish = { product, quantity: 2, key: randomUUID() };
    const [{ orderId }, again] = [await shop.place(wish), await shop.place(wish)];
    if (again.orderId !== orderId)
      throw new CliError('the same key made two orders', `${orderId} and ${again.orderId}`, 'docs/problems.md');
    await shop.ends(orderId, 'confirmed');
    const timeline = await shop.timeline(orderId);
    say(renderTimeline(timeline));
    run(soukCommand(shop.instance.name, `trace ${orderId}`));
    return { orderId, confirmedAfterMs: timeline.at(-1)?.atMs };
  },
};

export const declined: Chapter = {
  id: 'declined',
  title: 'A card is declined',
  about: [
    'The payment provider says no after the stock was reserved, so the saga goes back the way it came.',
    'Nobody has to remember what to undo: every step stands beside its compensation (Compensating Transaction).',
  ],
  async play({ shop, say }) {
    const [product] = await shop.pair('Home');
    const before = await shop.available(product.sku);
    const { orderId } = await shop.place({ product, quantity: 3, card: 'tok_declined' });
    const { rejection } = await shop.ends(orderId, 'rejected');
    say(renderTimeline(await shop.timeline(orderId)));
    const back = await waitFor('the stock is back', BACK_WITHIN_MS, async () => {
      const now = await shop.available(product.sku);
      return now >= before ? now : false;
    });
    say(`${rejection}; in stock before: ${before}, after: ${back}`);
    return { orderId, rejection, inStock: [before, back] };
  },
};

export const outOfStock: Chapter = {
  id: 'out-of-stock',
  title: 'Out of stock',
  about: [
    'Somebody wants one piece more than there is. Stock is never below zero, however many ask at once.',
    'The answer is no failure but a fact, published as an event: the order is rejected, payment never hears of it.',
  ],
  async play({ shop, say }) {
    const [product] = await shop.pair('Toys');
    const available = await shop.available(product.sku);
    const { orderId } = await shop.place({ product, quantity: available + 1 });
    const { rejection } = await shop.ends(orderId, 'rejected');
    say(`${available} × ${product.name} there, ${available + 1} wanted: ${rejection}`);
    return { orderId, rejection };
  },
};

export const cancel: Chapter = {
  id: 'cancel',
  title: 'Change your mind',
  about: [
    'A confirmed order is cancelled: order publishes the fact, and inventory and payment each do their part by themselves.',
    'No service calls another for it; when both have answered the order is refunded.',
  ],
  async play({ shop, say, run }) {
    const [, product] = await shop.pair('Kitchen');
    const { orderId } = await shop.place({ product, quantity: 1 });
    await shop.ends(orderId, 'confirmed');
    run(`curl -s -X POST ${shop.context.gatewayUrl}/api/orders/${orderId}/cancel`);
    const token = await shop.token();
    await shop.api.expect([200, 202], 'POST', `/api/orders/${orderId}/cancel`, { token });
    const { status }: PublicOrder = await shop.until(orderId, ['refunded']);
    say(renderTimeline((await shop.timeline(orderId)).slice(-4)));
    return { orderId, orderStatus: status };
  },
};
