import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OrderPage, Product, ProductPageView, Recommendations } from '@souk/contracts';
import { decodeJwt } from 'jose';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import type { Shop } from '../e2e/support/shop.ts';
import { gatewayUrl, openClusterShop } from './support/cluster-shop.ts';
import { IDENTITY, kube, LOOK_EVERY_MS, readyPods, souk, soukOk } from './support/cluster.ts';
import { signInByBrowser } from './support/sign-in.ts';

/** What people can do without for a while. */
const OPTIONAL = ['order-query', 'recommendation', IDENTITY];
const SEEN_WITHIN_MS = 15_000;
const STEP_MS = 120_000;

let shop: Shop;
let ware: Product;
let token: string;

const placeOne = () => shop.placed(token, { lines: [{ sku: ware.sku, quantity: 1 }], total: ware.price.amount });
const listed = async (): Promise<string[]> => {
  const { items } = await shop.api.expect<OrderPage>([200], 'GET', '/api/orders', { token });
  return items.map(({ orderId }) => orderId);
};
const untilListed = (...orderIds: string[]) =>
  waitFor(`the list has ${orderIds.join(', ')}`, SEEN_WITHIN_MS, async () => {
    const ids: string[] = await listed().catch(() => []);
    return orderIds.every((one) => ids.includes(one));
  });

beforeAll(async () => {
  shop = await openClusterShop();
  ware = await shop.newProduct(100);
  token = await shop.newCustomer();
}, STEP_MS);
afterAll(() => shop.tidyUp());

describe('signing in on a cluster', () => {
  it('works at the command line by device flow, through a port-forward', async () => {
    const { token: alice } = await soukOk('token', 'alice');
    expect(decodeJwt(String(alice))).toMatchObject({ sub: 'alice', aud: 'souk-api', iss: 'http://localhost:8111' });
    const { status } = await shop.api.send('GET', '/api/cart', { token: String(alice) });
    expect(status).toBe(200);
  }, 60_000);

  it('works in a browser, for which the provider is elsewhere than for the gateway', async () => {
    const { session, signedOut } = await signInByBrowser(gatewayUrl, 'bob');
    expect(session).toMatchObject({ user: 'bob', roles: ['customer'] });
    expect(signedOut).toBe(401);
  }, 60_000);
});

describe('what is read from views', () => {
  it('the list of orders has what was just confirmed', async () => {
    const { orderId, status } = await placeOne();
    expect(status).toBe('confirmed');
    await untilListed(orderId);
  }, 60_000);

  it('recommendations are answered', async () => {
    const { items } = await shop.api.expect<Recommendations>([200], 'GET', '/api/recommendations?limit=5');
    expect(items.length).toBeLessThanOrEqual(5);
  }, 60_000);

  it(
    './souk rebuild makes them anew out of the events, and nobody loses an order',
    async () => {
      const before = await listed();
      expect(before.length).toBeGreaterThan(0);
      const { exitCode, result, output } = await souk('rebuild', 'order-query');
      expect([exitCode, output]).toEqual([0, expect.any(String)]);
      expect(result).toMatchObject({ status: 'ok' });
      expect(await listed()).toEqual(before);
    },
    STEP_MS,
  );
});

describe('without order-query, recommendation and the identity provider', () => {
  beforeAll(async () => {
    await kube(['scale', '--replicas=0', ...OPTIONAL.map((name) => `deployment/${name}`)]);
    // Those that are ending serve on for a while: wait until they are gone.
    const selector = `app.kubernetes.io/name in (${OPTIONAL.join()})`;
    const left = () => kube(['get', 'pods', '--selector', selector, '--output', 'name']);
    await waitFor(`no pod of ${OPTIONAL.join(', ')}`, 60_000, async () => (await left()) === '', LOOK_EVERY_MS);
  }, STEP_MS);

  let meanwhile: string;

  it('people browse: the page says what is missing', async () => {
    const page = await shop.api.expect<ProductPageView>([200], 'GET', `/api/pages/product/${ware.productId}`);
    expect(page.product.sku).toBe(ware.sku);
    const { missing, aged = [] } = page;
    expect([...missing, ...aged].map(({ part }) => part)).toEqual(['recommendations']);
    // What this gateway has heard before it may give again, with its age.
    expect(page.recommendations === null).toBe(aged.length === 0);
    expect((await shop.api.send('GET', '/api/products?pageSize=5')).status).toBe(200);
  }, 60_000);

  it('people who have a token order', async () => {
    const { orderId, status } = await placeOne();
    meanwhile = orderId;
    expect(status).toBe('confirmed');
  }, 60_000);

  it('what cannot be answered says so at once', async () => {
    const began = performance.now();
    const { status } = await shop.api.send('GET', '/api/orders', { token });
    expect([502, 503, 504]).toContain(status);
    expect(performance.now() - began).toBeLessThan(6_000);
  }, 60_000);

  it(
    'and when they are back, the list has what happened meanwhile',
    async () => {
      await kube(['scale', '--replicas=1', ...OPTIONAL.map((name) => `deployment/${name}`)]);
      for (const name of OPTIONAL) await readyPods(name, 1);
      await untilListed(meanwhile);
      expect(await soukOk('token', 'alice')).toMatchObject({ user: 'alice' });
    },
    STEP_MS,
  );
});
