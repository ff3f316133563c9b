import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeService, openShop, type TestShop } from '../gateway.mother.js';
import { aTable, patient, SteadyLoad, type Shot, TestRoutes } from './routing.mother.js';

const PER_SECOND = 200;
const SWAPS = 12;
const TARGETS = ['/api/products', '/api/stock/A', '/api/categories', '/api/added/7'];

describe('route changes under load', () => {
  let shop: TestShop;
  let routes: TestRoutes;
  let other: FakeService;

  const start = async (variants = ''): Promise<void> => {
    routes = new TestRoutes();
    shop = await openShop({ routes: routes.watched, settings: patient, env: { SOUK_VARIANTS: variants } });
    other = await new FakeService().start();
    for (const service of [shop.services.catalog, shop.services.inventory, other]) slowly(service);
  };
  let load: SteadyLoad | undefined;
  afterEach(async () => {
    await load?.stop();
    await shop.close();
    await other.stop();
    routes.remove();
  });

  /** So that calls are under way whenever a table changes; the body comes in two parts. */
  const slowly = (service: FakeService): void => {
    service.handler = ({ url }, response) => {
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json' }).write(`{"url":"${url}",`);
        setTimeout(() => response.end(`"from":"${service === other ? 'other' : 'first'}"}`), 20);
      }, 20);
    };
  };

  /** Catalog's address, the path of a route and the order of all of them change every time. */
  const table = (step: number): string => {
    const urls =
      step % 2 === 0 ? [`http://127.0.0.1:${other.port}`] : [`http://127.0.0.1:${shop.services.catalog.port}`];
    const added = {
      method: 'GET',
      path: '/api/added/:id',
      to: `/step-${step}/:id`,
      upstream: 'catalog',
      access: 'anonymous',
    };
    return aTable({ upstreams: { catalog: { urls } }, routes: [added] });
  };

  async function swapUnderLoad(put: (text: string) => Promise<void>): Promise<Shot[]> {
    await put(table(0));
    const running = new SteadyLoad(shop.gateway.port, PER_SECOND, (shot) => ({
      target: TARGETS[shot % TARGETS.length] ?? '',
    }));
    load = running;
    for (let step = 1; step <= SWAPS; step++) {
      await running.more(50);
      await put(table(step));
    }
    await running.more(50);
    return running.stop();
  }

  describe('as they are made', () => {
    beforeEach(() => start());

    it('RTE-7: lose no request, and every answer is whole', async () => {
      const shots = await swapUnderLoad((text) => routes.put(text));
      expect(shots.filter(({ status }) => status !== 200)).toEqual([]);
      const answers = shots.map(({ text }) => JSON.parse(text) as { url: string; from: string });
      // Each step was seen, and no answer mixes two of them: catalog's address and the path change together.
      const steps = answers.flatMap(({ url, from }) => (url.startsWith('/step-') ? [`${url} ${from}`] : []));
      const expected = Array.from(
        { length: SWAPS + 1 },
        (_, step) => `/step-${step}/7 ${step % 2 === 0 ? 'other' : 'first'}`,
      );
      expect([...new Set(steps)].sort()).toEqual(expected.sort());
      expect(shots.length).toBeGreaterThan(SWAPS * 50);
    });
  });

  describe('in the variant routes-in-place', () => {
    beforeEach(() => start('routes-in-place'));

    it('RTE-7: requests see halves of tables', async () => {
      const shots = await swapUnderLoad((text) => routes.put(text));
      expect(shots.filter(({ status }) => status !== 200).length).toBeGreaterThan(0);
    });
  });
});
