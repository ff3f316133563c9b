import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openInstance } from '../../tools/cli/src/instance.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { readUrls } from '../../tools/cli/src/urls.ts';
import { startGatewayProcess, type GatewayProcess } from './support/gateway-process.ts';
import { Shop } from './support/shop.ts';

/** Low, so that 20 times as much is no load: the customers here are a test of counting, not of the machine. */
const LIMIT = 40;
const CALM_PER_SECOND = 5;
const WINDOW_SECONDS = 4;
const FLOOD_SECONDS = 8;
const SETTINGS = {
  limitUser: LIMIT,
  limitWindowSeconds: WINDOW_SECONDS,
  blockAfter: 0,
  shedFloor: 10_000,
  shedCeiling: 10_000,
  shedLoopMs: 5_000,
};

interface Shot {
  readonly status: number;
  readonly ms: number;
  readonly retryAfter: number;
}

describe('two gateways in front of the running shop, and a customer at 20 times the limit', () => {
  let gateways: GatewayProcess[];
  let tokens: { flood: string; calm: string };

  beforeAll(async () => {
    const shop = await Shop.open();
    gateways = await Promise.all([startGatewayProcess(SETTINGS), startGatewayProcess(SETTINGS)]);
    tokens = { flood: await shop.newCustomer(), calm: await shop.newCustomer() };
    const shared = readUrls(openInstance(process.env.SOUK_INSTANCE ?? 'default'))?.VALKEY_URL !== undefined;
    await waitFor('they count together, if they can', 5_000, async () =>
      (await Promise.all(gateways.map((one) => one.metrics()))).every((text) =>
        text.includes(`souk_throttle_shared ${shared ? 1 : 0}`),
      ),
    );
  }, 60_000);
  afterAll(async () => {
    await Promise.all(gateways.map((one) => one.stop()));
  });

  const shoot = async (token: string, index: number): Promise<Shot> => {
    const started = performance.now();
    const answer = await fetch(`${gateways[index % 2]?.url}/api/categories`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await answer.arrayBuffer();
    return {
      status: answer.status,
      ms: performance.now() - started,
      retryAfter: Number(answer.headers.get('retry-after')),
    };
  };
  const load = async (token: string, perSecond: number, seconds: number): Promise<Shot[]> => {
    const shots: Promise<Shot>[] = [];
    const began = performance.now();
    for (let index = 0; index < perSecond * seconds; index += 1) {
      const wait = began + (index * 1_000) / perSecond - performance.now();
      if (wait > 1) await sleep(wait);
      shots.push(shoot(token, index));
    }
    return Promise.all(shots);
  };

  it('THR-1 THR-2 THR-3 refuse that one with the right wait and nobody else', async () => {
    await load(tokens.calm, CALM_PER_SECOND, 1);
    const [flood, calm] = await Promise.all([
      load(tokens.flood, (20 * LIMIT) / WINDOW_SECONDS, FLOOD_SECONDS),
      load(tokens.calm, CALM_PER_SECOND, FLOOD_SECONDS),
    ]);
    expect(calm.filter(({ status }) => status !== 200)).toEqual([]);
    const refused = flood.filter(({ status }) => status === 429);
    expect(flood.filter(({ status }) => status !== 200 && status !== 429)).toEqual([]);
    expect(refused.length).toBeGreaterThan(flood.length * 0.8);
    for (const { retryAfter } of refused) {
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(retryAfter).toBeLessThanOrEqual(WINDOW_SECONDS);
    }
    const windows = FLOOD_SECONDS / WINDOW_SECONDS + 1;
    const replicas = gateways.length;
    const isShared = (await gateways[0]?.metrics())?.includes('souk_throttle_shared 1') === true;
    // Together one limit, and per replica 2 % and what comes in meanwhile; without Valkey each has its own.
    const most = isShared ? LIMIT * (1 + replicas * 0.05) : LIMIT * replicas;
    expect(flood.length - refused.length).toBeLessThanOrEqual(windows * most);
    expect(flood.length - refused.length).toBeGreaterThanOrEqual((windows - 1) * LIMIT);
  }, 60_000);
});
