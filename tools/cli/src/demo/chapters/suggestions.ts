import type { Recommendations } from '@souk/contracts';
import { waitFor } from '../../shop/wait-for.ts';
import type { Chapter } from '../chapter.ts';

const BUYERS = 3;
const CATCH_UP_MS = 20_000;

export const suggestions: Chapter = {
  id: 'suggestions',
  title: 'What others bought',
  about: [
    `${BUYERS} customers buy the same two things together. The recommendation service learns it from order's events alone.`,
    'It owns a view made for this one question, and can say why it suggests what it does (Materialized View).',
  ],
  async play({ shop, say, run }) {
    const [product, companion] = await shop.pair('Garden');
    for (let buyer = 0; buyer < BUYERS; buyer++) {
      const user = `${shop.user}-${buyer + 1}`;
      const { orderId } = await shop.place({ product, quantity: 1, with: [companion], user });
      await shop.until(orderId, ['confirmed'], user);
    }
    const began = performance.now();
    const path = `/api/recommendations?productId=${product.productId}&limit=50`;
    run(`curl -s '${shop.context.gatewayUrl}${path}'`);
    const found = await waitFor(`${companion.name} is suggested with ${product.name}`, CATCH_UP_MS, async () => {
      const { items } = await shop.api.expect<Recommendations>([200], 'GET', path);
      return items.find(({ sku, reason }) => sku === companion.sku && reason.count >= BUYERS);
    });
    const ms = Math.round(performance.now() - began);
    say(`with ${product.name}: ${found.name} (${found.reason.text}), known ${ms} ms after the last order`);
    return { productId: product.productId, suggested: found.sku, count: found.reason.count, ms };
  },
};
