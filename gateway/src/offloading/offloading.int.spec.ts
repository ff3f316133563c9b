import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { GatewaySettings } from '@souk/contracts';
import { Metrics } from '@souk/observability';
import { waitFor } from '@souk/testing';
import { gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';

const PAGE = 'https://page.example';

describe('what the gateway does for every service', () => {
  const settings: { value: GatewaySettings } = gatewaySettings({});
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openShop({ settings, env: { TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1' } });
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    settings.value = gatewaySettings({}).value;
    shop.reset();
  });
  const set = (given: Partial<GatewaySettings>) => {
    settings.value = gatewaySettings(given).value;
  };
  const get = (target: string, headers: Record<string, string> = {}, method = 'GET') =>
    send(shop.gateway.port, target, { headers, method });
  const asAlice = () => ({ authorization: `Bearer ${shop.alice}` });

  describe('forwarded headers', () => {
    it('OFF-2 tell services who is there; what a proxy before says is passed on with our own address', async () => {
      await get('/api/stock/LAMP-1', {
        host: 'inside:8080',
        'x-forwarded-for': '1.1.1.1, 203.0.113.9',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'shop.example',
        'x-real-ip': '6.6.6.6',
        forwarded: 'for=6.6.6.6',
      });
      const headers = shop.services.inventory.seen[0]?.headers;
      expect(headers).toMatchObject({
        'x-forwarded-for': '203.0.113.9, 127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'shop.example',
        'x-real-ip': '203.0.113.9',
      });
      expect(headers).not.toHaveProperty('forwarded');
    });

    it('OFF-2 are those of the batch for all that is in it', async () => {
      const body = JSON.stringify({ requests: [{ path: '/api/stock/LAMP-1' }] });
      const from = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', host: 'shop.example' };
      const headers = { 'content-type': 'application/json', ...from };
      await send(shop.gateway.port, '/api/batch', { method: 'POST', headers, body });
      expect(shop.services.inventory.seen[0]?.headers).toMatchObject({
        'x-forwarded-for': '203.0.113.9, 127.0.0.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'shop.example',
      });
    });
  });

  describe('CORS', () => {
    beforeEach(() => set({ corsOrigins: [PAGE, 'http://localhost:5173'] }));
    const preflight = (origin: string, target = '/api/orders') =>
      get(
        target,
        { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x' },
        'OPTIONS',
      );
    const CORS = /^access-control-/;
    const corsOf = (headers: object) => Object.keys(headers).filter((name) => CORS.test(name));

    it('OFF-4 lets pages of listed origins read any answer, refusals included', async () => {
      for (const target of ['/api/products', '/api/cart', '/api/nothing', '/api/../x']) {
        const { headers } = await get(target, { origin: PAGE });
        expect(headers).toMatchObject({
          'access-control-allow-origin': PAGE,
          'access-control-allow-credentials': 'true',
          'access-control-expose-headers': expect.stringContaining('retry-after'),
        });
        expect(String(headers.vary)).toContain('Origin');
      }
    });

    it.each([
      'https://evil.example',
      `${PAGE}.evil.example`,
      `${PAGE}:8443`,
      'http://page.example',
      'null',
      'https://PAGE.example',
    ])('OFF-4 says nothing to %s', async (origin) => {
      const answer = await get('/api/products', { origin });
      expect([answer.status, corsOf(answer.headers), answer.headers.vary]).toEqual([
        200,
        [],
        expect.stringContaining('Origin'),
      ]);
      const asked = await preflight(origin);
      expect([asked.status, corsOf(asked.headers)]).toEqual([405, []]);
    });

    it('OFF-4 answers preflights by itself, for a while', async () => {
      const { status, headers } = await preflight(PAGE);
      expect([status, headers]).toMatchObject([
        204,
        {
          'access-control-allow-origin': PAGE,
          'access-control-allow-credentials': 'true',
          'access-control-max-age': '600',
        },
      ]);
      expect(headers['access-control-allow-headers']).toContain('idempotency-key');
      expect(headers['access-control-allow-methods']).toContain('DELETE');
      expect(Object.values(shop.services).flatMap(({ seen }) => seen)).toEqual([]);
    });

    it('OFF-4 keeps what a service says an answer depends on', async () => {
      shop.services.inventory.answers(200, {}, { vary: 'accept-language' });
      expect((await get('/api/stock/LAMP-1')).headers.vary).toMatch(/^accept-language, Origin\b/);
    });

    it('OFF-4 is not there by default, and from one request to the next', async () => {
      set({});
      const { headers } = await get('/api/products', { origin: PAGE });
      expect([corsOf(headers), headers.vary]).toEqual([[], 'Accept-Encoding']);
    });
  });

  describe('the access log and metrics', () => {
    let lines: Record<string, unknown>[];
    let spy: { mockRestore(): void };
    beforeEach(() => {
      lines = [];
      spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
        for (const line of String(text).split('\n')) if (line.startsWith('{')) lines.push(JSON.parse(line));
        return true;
      });
      set({ accessLogPercent: 100, logLevel: 'info' });
    });
    afterEach(() => spy.mockRestore());
    const logged = async (route: string) => {
      await waitFor(() => lines.some((line) => line['route'] === route), { what: `a line for ${route}` });
      return lines.find((line) => line['route'] === route);
    };

    it('OFF-5 has a line and a count for what a silent service answered, without secrets', async () => {
      shop.services.inventory.answers(404, { code: 'unknown-sku' });
      await get('/api/stock/LAMP-1?token=secret', { ...asAlice(), 'x-correlation-id': 'tour-7' });
      expect(await logged('/api/stock/:sku')).toMatchObject({
        method: 'GET',
        status: 404,
        ms: expect.any(Number),
        bytes: expect.any(Number),
        caller: expect.stringMatching(/^[\w-]{12}$/),
        correlationId: 'tour-7',
        msg: 'access',
      });
      const text = JSON.stringify(lines);
      for (const secret of ['secret', 'LAMP-1', 'alice', shop.alice]) expect(text).not.toContain(secret);
      const metrics = shop.gateway.app.get(Metrics).render();
      expect(metrics).toContain('souk_http_requests_total{method="GET",route="/api/stock/:sku",status="4xx"} 1\n');
      expect(metrics).toMatch(
        /souk_http_request_seconds_bucket\{method="GET",route="\/api\/stock\/:sku",le="\+Inf"\} \d+\n/,
      );
    });

    it('OFF-5 tells callers apart, and knows them again', async () => {
      await get('/api/cart', asAlice());
      await get('/api/orders', asAlice());
      await get('/api/admin/orders', { authorization: `Bearer ${shop.admin}` });
      await get('/api/recommendations');
      const callers = [];
      for (const route of ['/api/cart', '/api/orders', '/api/admin/orders', '/api/recommendations'])
        callers.push((await logged(route))?.['caller']);
      expect([callers[0] === callers[1], new Set(callers).size]).toEqual([true, 3]);
    });

    it('OFF-5 counts what nobody serves as one', async () => {
      await get('/api/nothing/at/all');
      await get('/wp-admin');
      await get('/api/../x');
      await waitFor(() => lines.filter((line) => line['route'] === 'none').length === 3, {
        what: 'three lines',
      });
    });

    it('OFF-5 has a line for a batch and one for each of its parts, all of its caller and complete', async () => {
      await get('/api/cart', asAlice());
      const alice = (await logged('/api/cart'))?.['caller'];
      const body = JSON.stringify({ requests: [{ path: '/api/orders' }, { path: '/api/nothing' }] });
      const headers = { 'content-type': 'application/json', ...asAlice() };
      await send(shop.gateway.port, '/api/batch', { method: 'POST', headers, body });
      expect(await logged('/api/batch')).toMatchObject({ status: 200, caller: alice });
      expect(await logged('/api/orders')).toMatchObject({ status: 200, caller: alice });
      await logged('none');
      expect(lines.filter((line) => 'gone' in line)).toEqual([]);
    });

    it('OFF-5 counts callers who hang up within the answer', async () => {
      let isLeft = false;
      shop.services.inventory.handler = (_request, response) => {
        response.once('close', () => (isLeft = true));
        response.writeHead(200, { 'content-type': 'application/json' }).write('[');
      };
      const leaving = request({ port: shop.gateway.port, host: '127.0.0.1', path: '/api/stock/GONE' }, (answer) =>
        answer.on('error', () => undefined).once('data', () => leaving.destroy()),
      );
      leaving.on('error', () => undefined).end();
      expect(await logged('/api/stock/:sku')).toMatchObject({ gone: true });
      await waitFor(() => isLeft, { what: 'the end of the call to the service' });
    });

    it('OFF-5 counts callers who hang up', async () => {
      shop.services.inventory.handler = () => undefined;
      const leaving = request({ port: shop.gateway.port, host: '127.0.0.1', path: '/api/stock/GONE' });
      leaving.on('error', () => undefined).end();
      await waitFor(() => shop.services.inventory.seen.length > 0, { what: 'the call' });
      lines.length = 0;
      leaving.destroy();
      expect(await logged('/api/stock/:sku')).toMatchObject({ gone: true });
      expect(shop.gateway.app.get(Metrics).render()).toMatch(/route="\/api\/stock\/:sku",status="gone"\} \d+\n/);
    });
  });
});
