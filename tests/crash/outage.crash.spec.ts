import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type {
  HomePageView,
  OrderAccepted,
  OrderPage,
  Problem,
  Product,
  ProductPageView,
  Recommendations,
} from '@souk/contracts';
import { openInstance } from '../../tools/cli/src/instance.ts';
import { shopContext } from '../../tools/cli/src/shop/context.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { command } from '../../tools/cli/src/supervisor/launch.ts';
import { drawn } from '../../tools/cli/src/testing/short-form.ts';
import { Shop } from '../e2e/support/shop.ts';
import { INSTANCE, processes, purge, soukOk } from './support/souk.ts';

const STOPS_MS = 30_000;
const CATCH_UP_MS = 30_000;
const PRICE = 1_250;
const SIDE_SERVICES = ['order-query', 'recommendation', 'identity'] as const;
type SideService = (typeof SIDE_SERVICES)[number];

let shop: Shop;
let ware: Product;
let token: string;
const placed: string[] = [];

beforeAll(async () => {
  await purge();
  await soukOk('up', '--infra', 'embedded');
  const { gatewayUrl, token: tokens } = shopContext(INSTANCE);
  shop = new Shop(gatewayUrl, tokens);
  ware = await shop.newProduct(1_000, PRICE);
  token = await shop.token(`outage-${randomBytes(4).toString('hex')}`);
  await waitFor('the product page is whole', CATCH_UP_MS, pageIsWhole);
}, 300_000);

afterAll(purge, 120_000);

const get = <T>(path: string, as?: string) => shop.api.send<T>('GET', path, as === undefined ? {} : { token: as });
const productPage = async () => (await get<ProductPageView>(`/api/pages/product/${ware.productId}`)).body;

/** Parts that could not be had: left out, or as they last were. */
const stoppedOf = ({ missing, aged = [] }: Pick<ProductPageView, 'missing' | 'aged'>) =>
  [...missing, ...aged].map(({ part }) => part);
const pageIsWhole = async () => stoppedOf(await productPage()).length === 0;

async function order(): Promise<string> {
  const wish = { lines: [{ sku: ware.sku, quantity: 1 }], total: PRICE };
  const { status, body } = await shop.place<OrderAccepted>(token, wish);
  expect([status, body]).toEqual([202, expect.objectContaining({ orderId: expect.any(String) })]);
  placed.push(body.orderId);
  return body.orderId;
}

const statusOf = async (orderId: string) =>
  (await get<{ status: string }>(`/api/orders/${orderId}?wait=5s`, token)).body.status;

async function listed(): Promise<string[]> {
  const { status, body } = await get<OrderPage>('/api/orders?limit=100', token);
  return status === 200 ? body.items.map(({ orderId }) => orderId) : [];
}

/** Begins to sign in as a browser does, and comes back with a code that the provider would have to know. */
async function signIn(): Promise<{ status: number; code?: string }> {
  // By its public name: from another one the gateway sends the browser there first.
  const gateway = shop.gatewayUrl.replace('127.0.0.1', 'localhost');
  const begun = await fetch(`${gateway}/auth/login?issuer=social`, { redirect: 'manual' });
  if (begun.status !== 303) return { status: begun.status, code: ((await begun.json()) as Problem).code };
  const provider = new URL(begun.headers.get('location') ?? '');
  const state = provider.searchParams.get('state') ?? '';
  const cookie = begun.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const query = new URLSearchParams({ code: 'given-before', state, iss: provider.origin });
  const back = await fetch(`${gateway}/auth/callback?${query}`, { redirect: 'manual', headers: { cookie } });
  return { status: back.status, code: ((await back.json()) as Problem).code };
}

/** Each alone, and all of them. */
const OUTAGES: readonly [SideService[]][] = [
  ...SIDE_SERVICES.map((name): [SideService[]] => [[name]]),
  [[...SIDE_SERVICES]],
];

describe.each(drawn(OUTAGES))('with %j stopped', (stopped: SideService[]) => {
  const isDown = (name: SideService) => stopped.includes(name);

  beforeAll(async () => {
    await command(openInstance(INSTANCE), { op: 'stop', names: stopped });
    await waitFor('they are gone', STOPS_MS, async () =>
      (await processes()).every(({ name, pid }) => !isDown(name as SideService) || pid === null),
    );
  }, 60_000);

  it('AGG-3 people browse: products, the product page with what is missing or old named, the home page', async () => {
    expect(await get('/api/products?pageSize=5')).toMatchObject({ status: 200 });
    const missing = isDown('recommendation') ? ['recommendations'] : [];
    // A part that is only late is asked for again.
    const page = await waitFor(`the product page names ${missing}`, CATCH_UP_MS, async () => {
      const view = await productPage();
      return isDeepStrictEqual(stoppedOf(view), missing) && view;
    });
    expect(page).toMatchObject({ product: { sku: ware.sku }, stock: { available: expect.any(Number) } });
    const lacks = isDown('recommendation') ? ['popular'] : [];
    const home = await waitFor(`the home page names ${lacks}`, CATCH_UP_MS, async () => {
      const { body } = await get<HomePageView>('/api/pages/home');
      return isDeepStrictEqual(stoppedOf(body), lacks) && body;
    });
    expect(home.newest.length).toBeGreaterThan(0);
  }, 90_000);

  it('FED-9 who has a token orders, and the order is confirmed', async () => {
    const orderId = await order();
    await waitFor('the order is confirmed', CATCH_UP_MS, async () => (await statusOf(orderId)) === 'confirmed');
  }, 60_000);

  it('lists and suggestions say 503 with a code where theirs is stopped, and answer where it is not', async () => {
    const list = await get<OrderPage & Problem>('/api/orders', token);
    const suggestions = await get<Recommendations & Problem>(`/api/recommendations?productId=${ware.productId}`);
    const unavailable = { status: 503, body: { code: expect.stringMatching(/unavailable|open/) } };
    expect(list).toMatchObject(isDown('order-query') ? unavailable : { status: 200 });
    expect(suggestions).toMatchObject(isDown('recommendation') ? unavailable : { status: 200 });
  });

  it('signing in says 503 identity-unavailable where the provider is stopped', async () => {
    const { status, code } = await signIn();
    if (isDown('identity')) expect({ status, code }).toEqual({ status: 503, code: 'identity-unavailable' });
    else expect({ status, code }).toEqual({ status: 401, code: 'sign-in-failed' });
  });

  it('after the restart lists have every order, and the pages are whole', async () => {
    await soukOk('restart', ...stopped);
    await waitFor('the list has every order', CATCH_UP_MS, async () => {
      const known = new Set(await listed());
      return placed.every((orderId) => known.has(orderId));
    });
    await waitFor('the product page is whole', CATCH_UP_MS, pageIsWhole);
    await waitFor('a new customer gets a token', CATCH_UP_MS, async () => (await shop.newCustomer()) !== '');
  }, 120_000);
});
