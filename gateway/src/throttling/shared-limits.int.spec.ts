import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startValkeyServer, type ValkeyServer, waitFor } from '@souk/testing';
import { throttleView } from '@souk/contracts';
import {
  aToken,
  type Answer,
  gatewaySettings,
  openShop,
  type RunningGateway,
  send,
  startGateway,
  type TestShop,
} from '../gateway.mother.js';
import { ThrottleStore } from './throttle-store.js';
import { ValkeyStore } from './valkey-store.js';

const LIMIT = 200;
/** An answer of Valkey that is waited for takes so long where there is none (valkey-store.ts). */
const ANSWER_WITHIN_MS = 250;

describe('two gateways with one Valkey', () => {
  let valkey: ValkeyServer;
  let shop: TestShop;
  let other: RunningGateway;
  let names = 0;
  let token: string;

  beforeAll(async () => {
    valkey = await startValkeyServer();
    const settings = gatewaySettings({ limitUser: LIMIT, limitWindowSeconds: 600, limitReplicas: 2, blockAfter: 0 });
    const overrides = { settings, env: { VALKEY_URL: valkey.url } };
    shop = await openShop(overrides);
    shop.reset();
    other = await startGateway(shop.services, shop.keys, overrides);
  });
  afterAll(async () => {
    await other.close();
    await shop.close();
    await valkey.stop();
  });
  beforeEach(async () => {
    for (const gateway of [shop.gateway, other])
      await waitFor(() => gateway.app.get(ThrottleStore).isUp, { what: 'the connection to Valkey' });
    token = await aToken(shop.keys.issuer, { sub: `user-${(names += 1)}` });
  });

  const ask = (gateway: RunningGateway): Promise<Answer> =>
    send(gateway.port, '/api/products', { headers: { authorization: `Bearer ${token}` } });
  /** Answers come in order: with one more there are all that were asked for before. */
  const hasHeard = async (gateway: RunningGateway): Promise<void> => {
    const store = gateway.app.get(ThrottleStore);
    if (store.isUp) await store.blocked().catch(() => undefined);
  };
  /** Each tells within 100 ms what it has allowed. */
  const allTold = async (): Promise<void> => {
    await sleep(150);
    await Promise.all([hasHeard(shop.gateway), hasHeard(other)]);
  };
  /** How many of so many requests are allowed, ten at a time, turn and turn about. */
  const allowed = async (count: number, gateways = [shop.gateway, other]): Promise<number> => {
    let sum = 0;
    for (let index = 0; index < count; index += 10) {
      const gateway = gateways[(index / 10) % gateways.length] ?? shop.gateway;
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(gateway)));
      expect(answers.filter(({ status }) => status !== 200 && status !== 429)).toEqual([]);
      sum += answers.filter(({ status }) => status === 200).length;
      await hasHeard(gateway);
    }
    return sum;
  };
  const slowest = async (count: number): Promise<number> => {
    let most = 0;
    for (let index = 0; index < count; index += 1) {
      const started = performance.now();
      expect([200, 429]).toContain((await ask(shop.gateway)).status);
      most = Math.max(most, performance.now() - started);
    }
    return most;
  };

  it('THR-1 allow one limit together', async () => {
    const sum = await allowed(4 * LIMIT);
    expect(sum).toBeGreaterThanOrEqual(LIMIT);
    // Per replica 2 % and what came in at the same moment.
    expect(sum).toBeLessThanOrEqual(LIMIT + 2 * (LIMIT * 0.02 + 10));
  });

  it('THR-1 hear of each other when hardly anything is asked', async () => {
    await ask(shop.gateway);
    await ask(other);
    await allTold();
    await ask(other);
    await allTold();
    expect((await ask(other)).headers['ratelimit']).toMatch(/;r=196;/);
  });

  it('THR-12 each allow their share while it is dead, at once and without a wait, and are one again when it is back', async () => {
    await ask(shop.gateway);
    await ask(other);
    await valkey.kill();
    try {
      expect(await slowest(20)).toBeLessThan(ANSWER_WITHIN_MS);
      expect((await allowed(3 * LIMIT, [shop.gateway])) + 21).toBe(LIMIT / 2);
      expect((await allowed(3 * LIMIT, [other])) + 1).toBe(LIMIT / 2);
      const headers = { authorization: `Bearer ${shop.admin}` };
      const view = await send(other.port, '/api/admin/throttle', { headers });
      expect(throttleView.parse(view.json).counting).toBe('alone');
    } finally {
      await valkey.start();
    }
    await waitFor(() => other.app.get(ThrottleStore).isUp, { what: 'the connection to be back' });
    const sum = await allowed(10, [other]);
    expect(sum).toBe(10);
  });

  it('THR-12 do not wait for one that hangs', async () => {
    const isUp = (): boolean => shop.gateway.app.get(ThrottleStore).isUp;
    await ask(shop.gateway);
    valkey.freeze();
    try {
      expect(await slowest(100)).toBeLessThan(ANSWER_WITHIN_MS);
      await waitFor(async () => (await ask(shop.gateway)) && !isUp(), { what: 'it to be left alone' });
    } finally {
      valkey.thaw();
    }
    await waitFor(isUp, { what: 'Valkey to be asked again' });
  });

  it('THR-11 tell each other who is blocked and who is not any more', async () => {
    const now = (): number => Date.now();
    const [one, two] = [new ValkeyStore(valkey.url, now), new ValkeyStore(valkey.url, now)];
    await waitFor(() => one.isUp && two.isUp, { what: 'both connections' });
    await one.unblock('user:eve');
    const until = now() + 60_000;
    expect([await one.strike('user:eve'), await two.strike('user:eve')]).toEqual([1, 2]);
    await one.block('user:eve', until);
    await two.block('user:eve', until - 30_000);
    await one.block('user:old', now() - 1);
    expect(await two.blocked()).toEqual(new Map([['user:eve', until]]));
    expect([await two.unblock('user:eve'), await one.unblock('user:eve')]).toEqual([true, false]);
    expect(await one.blocked()).toEqual(new Map());
    expect(await one.strike('user:eve')).toBe(1);
    for (const store of [one, two]) store.onApplicationShutdown();
  });
});
