import type { BatchAnswer, OrderPage } from '@souk/contracts';
import { waitFor } from '../../shop/wait-for.ts';
import { soukCommand } from '../../souk-command.ts';
import type { Chapter } from '../chapter.ts';

const CATCH_UP_MS = 20_000;

export const readSide: Chapter = {
  id: 'read-side',
  title: 'The list catches up',
  about: [
    'Lists and reports are read from a store of their own, fed by the same events: it is a moment behind, and says so (CQRS).',
    'The order itself is always current; "asOf" of the list tells up to when it knows everything.',
  ],
  async play({ shop, say, run }) {
    const [product] = await shop.pair('Office');
    const { orderId } = await shop.place({ product, quantity: 1 });
    const began = performance.now();
    run(`curl -s '${shop.context.gatewayUrl}/api/orders' -H "authorization: Bearer …"`);
    const page = await waitFor(
      `order ${orderId} is in the list`,
      CATCH_UP_MS,
      async () => {
        const list = await shop.get<OrderPage>('/api/orders');
        return list.items.some((one) => one.orderId === orderId) ? list : false;
      },
      10,
    );
    const ms = Math.round(performance.now() - began);
    const states = page.items.map(({ status }) => status);
    say(
      `in the list ${ms} ms after it was accepted, as of ${page.asOf.slice(11, 23)}; your orders: ${states.join(', ')}`,
    );
    const paths = ['/api/orders?limit=1', '/api/customers/me/summary', `/api/stock/${product.sku}`];
    run(`curl -s ${shop.context.gatewayUrl}/api/batch -d '{"requests":[{"path":"…"},…]}'`);
    const body = { requests: paths.map((path) => ({ path })) };
    const token = await shop.token();
    const { responses } = await shop.api.expect<BatchAnswer>([200], 'POST', '/api/batch', { token, body });
    say(`three questions in one round trip: ${responses.map(({ status }) => status).join(', ')}`);
    run(soukCommand(shop.instance.name, 'rebuild order-query'));
    return { orderId, ms, orders: page.items.length, batch: responses.map(({ status }) => status) };
  },
};
