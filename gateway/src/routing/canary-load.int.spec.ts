import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { FakeService, openShop, send, type TestShop } from '../gateway.mother.js';
import { aTable, patient, SteadyLoad, type Shot, TestRoutes } from './routing.mother.js';

const CALLERS = 200;

describe('a canary', () => {
  let shop: TestShop;
  let routes: TestRoutes;
  let next: FakeService;

  const start = async (variants = '', env: Record<string, string> = {}): Promise<void> => {
    routes = new TestRoutes();
    next = await new FakeService().start();
    shop = await openShop({ routes: routes.watched, settings: patient, env: { ...env, SOUK_VARIANTS: variants } });
    shop.services.catalog.answers(200, { version: 'v1' });
    next.answers(200, { version: 'v2' });
  };
  let load: SteadyLoad | undefined;
  afterEach(async () => {
    await load?.stop();
    await shop.close();
    await next.stop();
    routes.remove();
  });

  const weigh = (weight: number, more: readonly object[] = []): Promise<void> => {
    const canary = { version: 'v2', urls: [`http://127.0.0.1:${next.port}`], weight };
    return routes.put(aTable({ upstreams: { catalog: { canary } }, routes: more }));
  };
  const visitor = (number: number): Record<string, string> => ({
    cookie: `souk-visitor=visitor-number-${number % CALLERS}`,
  });
  /** Which callers meet the new version. */
  const guests = async (): Promise<number[]> => {
    const met: number[] = [];
    // Few at a time: the door takes only so many at once.
    for (let number = 0; number < CALLERS; number += 20) {
      const some = Array.from({ length: 20 }, (_, step) => number + step);
      const answers = await Promise.all(some.map((one) => ask(one)));
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      met.push(...some.filter((_, step) => answers[step]?.json['version'] === 'v2'));
    }
    return met;
  };
  const ask = (number: number) => send(shop.gateway.port, '/api/products', { headers: visitor(number) });
  const isReverted = async (): Promise<boolean> => {
    const body = (await shop.gateway.management.find('/routes')?.())?.body;
    return (body as { upstreams: { canary?: { isReverted: boolean } }[] }).upstreams.some(
      ({ canary }) => canary?.isReverted,
    );
  };

  it('RTE-3: grows from 5 to 25 to 100 callers in 100, and who has met it stays with it', async () => {
    await start();
    const seen: number[][] = [];
    for (const weight of [5, 25, 100]) {
      await weigh(weight);
      const first = await guests();
      expect(await guests()).toEqual(first);
      expect(Math.abs(first.length - (CALLERS * weight) / 100)).toBeLessThan(CALLERS * 0.08);
      seen.push(first);
    }
    const [few = [], more = [], all = []] = seen;
    expect(few.length).toBeGreaterThan(0);
    expect(more).toEqual(expect.arrayContaining(few));
    expect(all).toHaveLength(CALLERS);
    await weigh(0);
    expect(await guests()).toEqual([]);
  });

  it('RTE-3: customers are told apart by who they are, and pages by request', async () => {
    await start();
    await weigh(50);
    const asAlice = () =>
      send(shop.gateway.port, '/api/products', { headers: { authorization: `Bearer ${shop.alice}` } });
    const answers = await Promise.all(Array.from({ length: 20 }, asAlice));
    expect(new Set(answers.map(({ json }) => json['version'])).size).toBe(1);
    await Promise.all(Array.from({ length: 40 }, () => send(shop.gateway.port, '/api/pages/home')));
    const ofPages = ({ seen }: FakeService): number => seen.filter(({ url }) => url.startsWith('/categories')).length;
    expect(ofPages(next)).toBeGreaterThan(0);
    expect(ofPages(shop.services.catalog)).toBeGreaterThan(0);
  });

  it('RTE-3: callers behind a proxy that is trusted are told apart by their own addresses', async () => {
    await start('', { TRUSTED_PROXIES: '127.0.0.1' });
    await weigh(50);
    const from = (address: number) =>
      send(shop.gateway.port, '/api/products', { headers: { 'x-forwarded-for': `203.0.113.${address}` } });
    for (let address = 0; address < 40; address++) await from(address);
    expect(Math.min(next.seen.length, shop.services.catalog.seen.length)).toBeGreaterThan(5);
  });

  /** 200 requests a second; three calls of ten to the new version fail. Returns when it was taken back, or after `limitMs`. */
  async function sickCanary(limitMs: number): Promise<{ shots: Shot[]; afterMs: number; reverted: boolean }> {
    let call = 0;
    next.handler = (_request, response) => {
      call += 1;
      response.writeHead(call % 10 < 3 ? 500 : 200).end('{}');
    };
    await weigh(10);
    load = new SteadyLoad(shop.gateway.port, 200, (shot) => ({
      target: '/api/products',
      headers: visitor(shot),
    }));
    const begun = performance.now();
    const reverted = await waitFor(isReverted, { timeoutMs: limitMs, what: 'the revert' }).catch(() => false);
    const afterMs = performance.now() - begun;
    // Long enough to see whether it is over.
    const begunWith = load;
    const due = load.sent + 400;
    await waitFor(() => begunWith.sent >= due, { what: 'more requests' });
    return { shots: await load.stop(), afterMs, reverted };
  }

  const errorRatio = (shots: readonly Shot[]): number =>
    shots.filter(({ status }) => status !== 200).length / shots.length;

  it('RTE-3: is taken back by itself within 60 s, with no more than 3 in 100 callers hurt', async () => {
    await start();
    const { shots, afterMs, reverted } = await sickCanary(15_000);
    expect(reverted).toBe(true);
    expect(afterMs).toBeLessThan(15_000);
    expect(errorRatio(shots)).toBeLessThanOrEqual(0.03);
    // At that weight more is hardly possible. It is judged at its 20th call, of which six have failed; some are under way then.
    expect(shots.filter(({ status }) => status !== 200).length).toBeLessThan(20);
    expect(shots.slice(-200).every(({ status }) => status === 200)).toBe(true);
    expect(await guests()).toEqual([]);
    // In another table it is the same canary, as long as it is defined as it was.
    await weigh(10, [{ method: 'GET', path: '/api/more', upstream: 'order', access: 'user' }]);
    expect(await isReverted()).toBe(true);
    next.answers(200, { version: 'v2' });
    await weigh(25);
    expect((await guests()).length).toBeGreaterThan(0);
  });

  it('RTE-3: keeps its callers, however often it fails them, in the variant canary-no-revert', async () => {
    await start('canary-no-revert');
    const { shots, reverted } = await sickCanary(3_000);
    expect(reverted).toBe(false);
    expect(shots.slice(-400).filter(({ status }) => status === 500).length).toBeGreaterThan(0);
  });

  it('RTE-3: is not judged by those who asked for it by name', async () => {
    await start();
    await weigh(50, [{ method: 'GET', path: '/api/v2/x', upstream: 'catalog', version: 'v2', access: 'anonymous' }]);
    next.answers(500, {});
    for (let call = 0; call < 40; call++) await send(shop.gateway.port, '/api/v2/x');
    expect(next.seen.length).toBeGreaterThan(19);
    expect(await isReverted()).toBe(false);
  });

  it('RTE-3: what one took and then cut off is sent to no other version', async () => {
    await start();
    const canary = { version: 'v2', urls: [`http://127.0.0.1:${next.port}`], weight: 100 };
    await routes.put(aTable({ upstreams: { order: { canary } } }));
    next.handler = (_request, response) => void response.socket?.destroy();
    const headers = { authorization: `Bearer ${shop.alice}`, 'content-type': 'application/json' };
    const answer = await send(shop.gateway.port, '/api/orders', { method: 'POST', headers, body: '{}' });
    expect([answer.status, answer.json.code]).toEqual([503, 'upstream-unavailable']);
    expect(next.seen.map(({ method, body }) => [method, body])).toEqual([['POST', '{}']]);
    expect(shop.services.order.seen).toEqual([]);
  });

  it('RTE-3: one that cannot be reached is taken back, and nobody suffers but who asks for it by name', async () => {
    await start();
    const url = `http://127.0.0.1:${next.port}`;
    await routes.put(
      aTable({
        upstreams: { catalog: { canary: { version: 'v2', urls: [url], weight: 50 } } },
        routes: [{ method: 'GET', path: '/api/v2/x', upstream: 'catalog', version: 'v2', access: 'anonymous' }],
      }),
    );
    await next.stop();
    expect(await guests()).toEqual([]);
    expect(await isReverted()).toBe(true);
    expect((await send(shop.gateway.port, '/api/v2/x')).status).toBe(503);
    next = await new FakeService().start();
  });
});
