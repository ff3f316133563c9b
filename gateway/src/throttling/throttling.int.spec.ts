import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type GatewaySettings, throttleView } from '@souk/contracts';
import { Metrics } from '@souk/observability';
import {
  aToken,
  type Answer,
  gatewaySettings,
  openShop,
  send,
  type TestOverrides,
  type TestShop,
} from '../gateway.mother.js';

/** Long enough for no window to end within a test. */
const WINDOW = { limitWindowSeconds: 3_600, blockAfter: 0 };

describe('throttling at the door', () => {
  let shop: TestShop;
  afterEach(() => shop.close());

  const open = async (
    given: Partial<GatewaySettings>,
    overrides: TestOverrides = {},
  ): Promise<{ value: GatewaySettings }> => {
    const settings = gatewaySettings({ ...WINDOW, ...given });
    shop = await openShop({ ...overrides, settings });
    shop.reset();
    return settings;
  };
  const get = (headers: Record<string, string> = {}, target = '/api/products') =>
    send(shop.gateway.port, target, { headers });
  const as = (token: string, target?: string) => get({ authorization: `Bearer ${token}` }, target);
  const times = async (count: number, ask: () => Promise<Answer>): Promise<number[]> =>
    Promise.all(Array.from({ length: count }, async () => (await ask()).status));

  it('THR-2 refuses with 429, says how long to wait, and what is left before', async () => {
    await open({ limitUser: 2 });
    const first = await as(shop.alice);
    expect([first.status, first.headers['ratelimit-policy']]).toEqual([200, '"user";q=2;w=3600']);
    expect(first.headers['ratelimit']).toMatch(/^"user";r=1;t=3[56]\d\d$/);
    await as(shop.alice);
    const refused = await as(shop.alice);
    expect(refused).toMatchObject({
      status: 429,
      headers: {
        'content-type': expect.stringMatching(/^application\/problem\+json/),
        ratelimit: expect.stringMatching(/^"user";r=0;/),
      },
      json: { code: 'rate-limited', status: 429, instance: '/api/products', traceId: expect.any(String) },
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_500);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(3_600);
    expect(shop.services.catalog.seen).toHaveLength(2);
  });

  it('THR-3 lets one be refused and another not', async () => {
    await open({ limitUser: 10 });
    const bob = await aToken(shop.keys.issuer, { sub: 'bob' });
    const [flood, calm] = await Promise.all([times(200, () => as(shop.alice)), times(10, () => as(bob))]);
    expect(flood.filter((status) => status === 200)).toHaveLength(10);
    expect(flood.filter((status) => status === 429)).toHaveLength(190);
    expect(calm.filter((status) => status !== 200)).toEqual([]);
  });

  it('THR-8 takes limits by tier from the settings, and follows them', async () => {
    const settings = await open({ limitAnonymous: 1, limitUser: 2, limitAdmin: 3 });
    const allowed = async (ask: () => Promise<Answer>) =>
      (await times(5, ask)).filter((status) => status === 200).length;
    const each = async () => [
      await allowed(get),
      await allowed(() => as(shop.alice)),
      await allowed(() => as(shop.admin)),
    ];
    expect(await each()).toEqual([1, 2, 3]);
    settings.value = gatewaySettings({ ...WINDOW, limitAnonymous: 2, limitUser: 4, limitAdmin: 3 }).value;
    expect(await each()).toEqual([1, 2, 0]);
  });

  it('charges dear requests more, and a batch for what is in it', async () => {
    await open({ limitUser: 20, limitCosts: { read: 1, write: 2, checkout: 5, page: 3, batch: 0 } });
    const left = (answer: Answer): number => Number(/r=(\d+)/.exec(String(answer.headers['ratelimit']))?.[1]);
    const headers = { authorization: `Bearer ${shop.alice}`, 'content-type': 'application/json' };
    const post = (target: string, body: object) =>
      send(shop.gateway.port, target, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(left(await as(shop.alice, '/api/pages/home'))).toBe(17);
    expect(left(await post('/api/orders', {}))).toBe(12);
    expect(left(await post('/api/cart/items', {}))).toBe(10);
    const requests = [{ path: '/api/products' }, { path: '/api/categories' }, { method: 'DELETE', path: '/api/cart' }];
    expect((await post('/api/batch', { requests })).status).toBe(200);
    expect(left(await as(shop.alice))).toBe(5);
  });

  it('counts who cannot say who they are by address, forged headers or not, and who tries out tokens too', async () => {
    await open({ limitAnonymous: 3 });
    const forged = (n: number) => ({
      'x-forwarded-for': `192.0.2.${n}`,
      'x-real-ip': `192.0.2.${n}`,
      forwarded: `for=192.0.2.${n}`,
    });
    expect((await get(forged(1))).status).toBe(200);
    expect((await as('no.good.token')).status).toBe(401);
    expect((await get(forged(2))).status).toBe(200);
    expect([(await get(forged(3))).status, (await as('no.good.token')).json.code]).toEqual([429, 'rate-limited']);
    expect((await as(shop.alice)).status).toBe(200);
  });

  it('charges the holder of an API key, whoever comes with it, and knows no others', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'api-keys-'));
    const sha256 = createHash('sha256').update('of-acme').digest('hex');
    await writeFile(join(dir, 'keys.json'), JSON.stringify({ keys: [{ holder: 'acme', sha256 }] }));
    await open({ limitPartner: 2, limitUser: 1 }, { env: { API_KEYS_FILE: join(dir, 'keys.json') } });
    const key = { 'x-api-key': 'of-acme' };
    expect((await get(key)).headers['ratelimit']).toMatch(/^"partner";r=1/);
    expect((await get({ ...key, authorization: `Bearer ${shop.alice}` })).headers['ratelimit']).toMatch(
      /^"partner";r=0/,
    );
    expect((await get(key)).status).toBe(429);
    expect((await get({ 'x-api-key': 'of-nobody' })).json.code).toBe('api-key-invalid');
    const requests = [{ path: '/api/products' }];
    const batch = await send(shop.gateway.port, '/api/batch', {
      method: 'POST',
      headers: { ...key, 'content-type': 'application/json' },
      body: JSON.stringify({ requests }),
    });
    expect(batch.json).toMatchObject({ responses: [{ status: 429, body: { code: 'rate-limited' } }] });
    expect((await as(shop.alice)).status).toBe(200);
    await rm(dir, { recursive: true });
  });

  it('THR-11 charges who tries out API keys by address, and blocks them', async () => {
    await open({ limitAnonymous: 2, blockAfter: 2, blockSeconds: 60 });
    const guess = async (n: number) => (await get({ 'x-api-key': `guess-${n}` })).json.code;
    expect([await guess(1), await guess(2), await guess(3)]).toEqual([
      'api-key-invalid',
      'api-key-invalid',
      'rate-limited',
    ]);
    await times(4, () => get({ 'x-api-key': 'guess' }));
    expect(await guess(4)).toBe('caller-blocked');
    expect((await as(shop.alice)).status).toBe(200);
  });

  it('THR-11 charges who tries out credentials by address also at a batch, which costs nothing by itself', async () => {
    await open({ limitAnonymous: 3 });
    const guess = (headers: Record<string, string>) =>
      send(shop.gateway.port, '/api/batch', { method: 'POST', headers });
    const tries: Record<string, string>[] = [{ authorization: 'Bearer a.b.c' }, { 'x-api-key': 'guess' }];
    for (const headers of tries) {
      expect((await guess(headers)).status).toBe(401);
      expect((await guess(headers)).json.code).toBe('rate-limited');
      await shop.close();
      await open({ limitAnonymous: 3 });
    }
  });

  it.each([
    ['GET', '/auth/login'],
    ['GET', '/auth/callback?code=x&state=y'],
    ['GET', '/auth/session'],
    ['POST', '/auth/logout'],
  ])('THR-11 charges %s %s by address', async (method, target) => {
    await open({ limitAnonymous: 2 });
    const ask = () => send(shop.gateway.port, target, { method });
    const codes = await Promise.all([ask(), ask(), ask()]).then((all) => all.map(({ status }) => status));
    expect(codes).toContain(429);
    expect(codes.filter((status) => status !== 429).length).toBeGreaterThan(0);
  });

  it('charges for addresses that lead nowhere, and for batches that are none', async () => {
    await open({ limitAnonymous: 2 });
    const statuses = async (ask: () => Promise<Answer>) => [(await ask()).status, (await ask()).status];
    expect(await statuses(() => get({}, '/api/nothing'))).toEqual([404, 404]);
    expect((await get({}, '/api/nothing')).status).toBe(429);
    await shop.close();
    await open({ limitAnonymous: 2 });
    const headers = { 'content-type': 'application/json' };
    const bad = () => send(shop.gateway.port, '/api/batch', { method: 'POST', headers, body: '{"requests":[{}]}' });
    expect(await statuses(bad)).toEqual([400, 429]);
  });

  it('THR-11 blocks who goes on all the same, until an admin lets them in again', async () => {
    await open({ limitUser: 5, blockAfter: 10, blockSeconds: 60, limitWindowSeconds: 3_600 });
    await times(100, () => as(shop.alice));
    const blocked = await as(shop.alice);
    expect(blocked).toMatchObject({ status: 429, json: { code: 'caller-blocked' } });
    expect(Number(blocked.headers['retry-after'])).toBeLessThanOrEqual(60);
    const view = throttleView.parse((await as(shop.admin, '/api/admin/throttle')).json);
    expect(view.blocked).toEqual([{ caller: 'user:alice', until: expect.any(String) }]);
    expect(view.counting).toBe('alone');
    const unblock = (token: string) =>
      send(shop.gateway.port, '/api/admin/throttle/blocks/user:alice', {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await unblock(shop.alice)).status).toBe(429);
    expect((await unblock(shop.admin)).status).toBe(204);
    expect((await unblock(shop.admin)).json.code).toBe('caller-not-blocked');
    expect((await as(shop.alice)).json.code).toBe('rate-limited');
    const bob = await aToken(shop.keys.issuer, { sub: 'bob' });
    expect((await as(bob, '/api/admin/throttle')).status).toBe(403);
  });

  it('THR-11 never blocks an admin, who must be able to let others in', async () => {
    await open({ limitAdmin: 5, blockAfter: 10 });
    await times(100, () => as(shop.admin));
    expect((await as(shop.admin)).json.code).toBe('rate-limited');
  });

  it('counts by the address that a trusted proxy tells, a batch like anything else', async () => {
    await open({ limitAnonymous: 2 }, { env: { TRUSTED_PROXIES: '127.0.0.1' } });
    const from = (address: string) => get({ 'x-forwarded-for': address });
    expect([(await from('192.0.2.1')).status, (await from('192.0.2.1')).status]).toEqual([200, 200]);
    expect([(await from('192.0.2.1')).status, (await from('192.0.2.2')).status]).toEqual([429, 200]);
    const inBatch = await send(shop.gateway.port, '/api/batch', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.1' },
      body: JSON.stringify({ requests: [{ path: '/api/products' }] }),
    });
    expect(inBatch.json).toMatchObject({ responses: [{ status: 429 }] });
  });

  it('charges the parts of a batch to the client behind a trusted proxy, wherever that is', async () => {
    const remoteAddress = '10.0.0.9';
    await open({ limitAnonymous: 2 }, { env: { TRUSTED_PROXIES: remoteAddress } });
    const batchFrom = async (client: string) => {
      const headers = { 'x-forwarded-for': client };
      const payload = { requests: [{ path: '/api/products' }, { path: '/api/categories' }] };
      const answer = await shop.gateway.app.inject({
        method: 'POST',
        url: '/api/batch',
        remoteAddress,
        headers,
        payload,
      });
      return answer.json<{ responses: Answer[] }>().responses.map(({ status }) => status);
    };
    expect(await batchFrom('192.0.2.1')).toEqual([200, 200]);
    expect(await batchFrom('192.0.2.1')).toEqual([429, 429]);
    expect(await batchFrom('192.0.2.2')).toEqual([200, 200]);
  });

  it('THR-9 counts requests by tier and outcome, callers for admins alone', async () => {
    await open({ limitUser: 2 });
    await times(5, () => as(shop.alice));
    const text = shop.gateway.app.get(Metrics).render();
    expect(text).toContain('souk_throttle_requests_total{tier="user",outcome="allowed"} 2');
    expect(text).toContain('souk_throttle_requests_total{tier="user",outcome="refused"} 3');
    expect(text).toContain('souk_throttle_shared 0');
    expect(text).not.toContain('alice');
  });

  it('lets everybody ask as much as they like with throttle-off', async () => {
    await open({ limitUser: 2 }, { env: { SOUK_VARIANTS: 'throttle-off' } });
    expect((await times(50, () => as(shop.alice))).filter((status) => status !== 200)).toEqual([]);
  });
});
