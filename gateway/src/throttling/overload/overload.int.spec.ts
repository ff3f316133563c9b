import { request } from 'node:http';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { GatewaySettings } from '@souk/contracts';
import { Metrics } from '@souk/observability';
import { waitFor } from '@souk/testing';
import {
  type Answer,
  gatewaySettings,
  openShop,
  send,
  type TestOverrides,
  type TestShop,
} from '../../gateway.mother.js';
import { AdaptiveAdmission } from './adaptive-admission.js';
import { Admission } from './admission.js';

describe('more than can be served', () => {
  let shop: TestShop;
  let held: (() => void)[];
  afterEach(async () => {
    for (const answer of held) answer();
    await shop.close();
  });

  const open = async (given: Partial<GatewaySettings>, overrides: TestOverrides = {}): Promise<void> => {
    shop = await openShop({ ...overrides, settings: gatewaySettings(given) });
    shop.reset();
    held = [];
    const hold = shop.services.catalog;
    hold.handler = (_request, response) => void held.push(() => response.end('{}'));
  };
  const get = (target: string): Promise<Answer> =>
    send(shop.gateway.port, target, { headers: { authorization: `Bearer ${shop.alice}` } });
  const many = (count: number): Promise<Answer>[] => Array.from({ length: count }, () => get('/api/products'));
  const areUnderWay = (count: number): Promise<boolean> =>
    waitFor(() => held.length === count, { what: `${count} requests at catalog` });
  const statuses = async (answers: readonly Promise<Answer>[]): Promise<number[]> =>
    (await Promise.all(answers)).map(({ status }) => status);

  it('THR-2 is sent away with 503 and when to come back, which is no fault of the caller', async () => {
    await open({ shedCeiling: 10, shedFloor: 1 });
    const first = many(9);
    await areUnderWay(9);
    const shed = await get('/api/products');
    expect(shed).toMatchObject({
      status: 503,
      headers: { 'content-type': 'application/problem+json', 'x-content-type-options': 'nosniff' },
      json: { code: 'overloaded', status: 503 },
    });
    expect(Number(shed.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(shed.headers['ratelimit']).toBeUndefined();
    expect((await get('/api/stock/A')).status).toBe(200);
    for (const answer of held.splice(0)) answer();
    expect(await statuses(first)).toEqual(Array<number>(9).fill(200));
    const metrics = shop.gateway.app.get(Metrics).render();
    expect(metrics).toContain('souk_admission_shed_total{lane="catalog"} 1');
    expect(metrics).toContain('souk_admission_in_flight{lane="catalog"} 0');
  });

  it('OFF-5 is in the access log and in the metrics, as nobody’s route', async () => {
    const lines: string[] = [];
    const spy = jest.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    try {
      await open({ shedCeiling: 1, shedFloor: 1, accessLogPercent: 1, logLevel: 'info' });
      const first = many(1);
      await areUnderWay(1);
      expect((await get('/api/products?token=secret')).status).toBe(503);
      const isLogged = () => lines.join('').includes('"status":503');
      await waitFor(isLogged, { what: 'its line' });
      const [line] = lines
        .join('')
        .split('\n')
        .filter((one) => one.includes('"status":503'));
      expect(JSON.parse(line ?? '')).toMatchObject({ method: 'GET', route: 'none', status: 503, msg: 'access' });
      expect(line).not.toContain('secret');
      const metrics = shop.gateway.app.get(Metrics).render();
      expect(metrics).toContain('souk_http_requests_total{method="GET",route="none",status="5xx"} 1\n');
      for (const answer of held.splice(0)) answer();
      await Promise.all(first);
    } finally {
      spy.mockRestore();
    }
  });

  it('keeps the connection, also after a body that nobody reads', async () => {
    await open({ shedCeiling: 1, shedFloor: 1 });
    const first = many(1);
    await areUnderWay(1);
    const body = JSON.stringify({ requests: [{ path: '/api/products' }] });
    const inBatch = send(shop.gateway.port, '/api/batch', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await areUnderWay(2);
    const shed = await send(shop.gateway.port, '/api/batch', { method: 'POST', body: 'x'.repeat(100_000) });
    expect([shed.status, shed.headers.connection]).toEqual([503, 'keep-alive']);
    for (const answer of held.splice(0)) answer();
    expect((await inBatch).json).toMatchObject({ responses: [{ status: 200 }] });
    expect(await statuses(first)).toEqual([200]);
  });

  it('has its place free again when a caller hangs up', async () => {
    await open({ shedCeiling: 1, shedFloor: 1 });
    const caller = request({ port: shop.gateway.port, path: '/api/products' }).on('error', () => undefined);
    caller.end();
    await areUnderWay(1);
    expect((await get('/api/products')).status).toBe(503);
    caller.destroy();
    const door = shop.gateway.app.get(Admission);
    expect(door).toBeInstanceOf(AdaptiveAdmission);
    await waitFor(() => door instanceof AdaptiveAdmission && door.inFlight === 0, {
      what: 'the place',
    });
    const next = get('/api/products');
    await areUnderWay(2);
    for (const answer of held.splice(0)) answer();
    expect((await next).status).toBe(200);
  });

  it('waits with shed-off, all of it', async () => {
    await open({ shedCeiling: 1, shedFloor: 1 }, { env: { SOUK_VARIANTS: 'shed-off' } });
    const all = many(20);
    await areUnderWay(20);
    for (const answer of held.splice(0)) answer();
    expect(await statuses(all)).toEqual(Array<number>(20).fill(200));
  });
});
