import type { HomePageView, ProductPageView } from '@souk/contracts';
import type { Chapter } from '../chapter.ts';
import { price } from '../money.ts';

export const browse: Chapter = {
  id: 'browse',
  title: 'Browse',
  about: [
    'One request brings a page; behind it the gateway asks catalog, inventory and recommendation at the same time.',
    'What is optional may be missing: then the page says so, instead of failing (Gateway Aggregation).',
  ],
  async play({ shop, say, run }) {
    run(`curl -s ${shop.context.gatewayUrl}/api/pages/home`);
    const home = await shop.api.expect<HomePageView>([200], 'GET', '/api/pages/home');
    const categories = home.categories?.map(({ name, products }) => `${name} (${products})`) ?? [];
    say(`${home.newest.length} new products; categories: ${categories.slice(0, 4).join(', ')} …`);
    const [product] = await shop.pair('Kitchen');
    const path = `/api/pages/product/${product.productId}`;
    run(`curl -s ${shop.context.gatewayUrl}${path}`);
    const began = performance.now();
    const page = await shop.api.expect<ProductPageView>([200], 'GET', path);
    const ms = Math.round(performance.now() - began);
    say(`${page.product.name}, ${price(page.product.price)}, ${page.stock?.available ?? '?'} in stock, in ${ms} ms`);
    return { productId: product.productId, ms, missing: page.missing };
  },
};
