import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openInstance } from '../../../cli/src/instance.ts';
import { managementPortOf } from '../../../cli/src/ports.ts';
import { ApiClient } from '../../../cli/src/shop/api-client.ts';
import { isEmpty } from '../../../cli/src/shop/audit/checks.ts';
import { readLedgers } from '../../../cli/src/shop/audit/read-ledgers.ts';
import { shopContext } from '../../../cli/src/shop/context.ts';
import { checkHistory } from '../history/check-history.ts';
import { readHistory } from '../history/history.ts';
import { answersOf, isServed } from '../measure/answers.ts';
import { confirmP95, openOrders } from '../measure/of-orders.ts';
import { metric } from '../measure/of-processes.ts';
import { success } from '../measure/of-visits.ts';
import { openSampler } from '../measure/sampler.ts';
import { evaluateSlos, readSlos, sloRequests } from '../measure/slo.ts';
import type { Answer, Observations, Sample, SeenOrder } from '../run/observations.ts';
import { openLoad, type Load } from './load.ts';
import type { Unsettled } from './settle.ts';

const INSTANCE = process.env.SOUK_INSTANCE ?? 'default';
const context = shopContext(INSTANCE);
const { ports } = openInstance(INSTANCE);
const PER_SECOND = 10;
const SECONDS = 8;

/** What order counts itself. */
const TOLD = { process: 'order', metric: 'souk_http_requests_total', labels: { status: '2xx' } };

describe('a load on a running shop', () => {
  const [answers, samples, orders]: [Answer[], Sample[], SeenOrder[]] = [[], [], []];
  const seen: Observations = { answers, samples, orders, marks: [], phases: {} };
  const historyFile = join(mkdtempSync(join(tmpdir(), 'souk-load-')), 'history.jsonl');
  const began = performance.now();
  const now = (): number => performance.now() - began;
  const slos = readSlos();
  let load: Load;
  let unsettled: Unsettled;
  let window = { from: 0, to: 0 };

  beforeAll(async () => {
    const api = new ApiClient(context.gatewayUrl, INSTANCE);
    const profile = { perSecond: PER_SECOND, mix: 'orders' } as const;
    load = await openLoad({ target: { context, api }, load: profile, seed: 7, now, historyFile, answers, orders });
    const managementUrl = (name: string): string => `http://127.0.0.1:${managementPortOf(ports, name) ?? 0}`;
    const requests = [...sloRequests(slos), ...(metric.needs?.({ ...TOLD, take: 'increase' } as never) ?? [])];
    const sampler = openSampler({ target: { managementUrl }, requests, now, samples, extra: () => load.series() });
    sampler.start();
    await sleep(1_100);
    const from = now();
    load.start();
    await sleep(SECONDS * 1_000);
    await load.stop();
    unsettled = await load.settle(20_000);
    await sampler.stop();
    window = { from, to: now() };
  }, 60_000);
  afterAll(() => load.close());

  it('comes at its rate, and everybody is served', () => {
    expect(load.figures.arrivals).toBeGreaterThanOrEqual(PER_SECOND * (SECONDS - 1));
    expect(load.figures.arrivals).toBeLessThanOrEqual(PER_SECOND * (SECONDS + 1));
    expect(load.figures.dropped).toBe(0);
    expect(answers).toHaveLength(load.figures.arrivals);
    expect(answers.filter((answer) => !isServed(answer))).toEqual([]);
    expect(success.figure(seen, window, {})).toBe(100);
  });

  it('makes real orders, each of which is followed until it is confirmed', () => {
    const taken = answersOf(answers, window, ['order']).filter(({ status }) => status === 202);
    expect(taken.length).toBeGreaterThan(PER_SECOND * SECONDS * 0.5);
    expect(orders).toHaveLength(taken.length);
    expect(unsettled).toEqual({ openKeys: [], openOrders: [] });
    expect(openOrders.figure(seen, window, {})).toBe(0);
    expect(confirmP95.figure(seen, window, {})).toBeLessThan(10_000);
    for (const { placedAt, confirmedAt = Infinity, closedAt = Infinity } of orders) {
      expect(placedAt).toBeGreaterThan(window.from - 50);
      expect(Math.min(confirmedAt, closedAt)).toBeGreaterThan(placedAt);
      expect(Math.min(confirmedAt, closedAt)).toBeLessThan(window.to + 50);
    }
  });

  it('counts what the shop has counted', () => {
    const told = load.edges.filter(({ type }) => type === 'ok').length;
    const counted = metric.figure(seen, window, { ...TOLD, take: 'increase' });
    // What is sent back was shipped by the staff, if it could be.
    const returns = load.edges.filter(({ type, f }) => type === 'invoke' && f === 'return').length;
    expect(counted).toBeGreaterThanOrEqual(told);
    expect(counted).toBeLessThanOrEqual(told + returns);
  });

  it('has on record what customers were told, and the books agree with it', async () => {
    const facts = await readLedgers(context.urls);
    const edges = readHistory(historyFile);
    expect(edges).toEqual(load.edges);
    // Some were asked for again in the end.
    const accepted = edges.filter(({ f, type }) => f === 'place' && type === 'ok').map(({ key }) => key);
    expect(new Set(accepted).size).toBe(orders.length);
    const checks = checkHistory(edges, facts);
    expect(checks.flatMap(({ differences }) => differences)).toEqual([]);
    expect(checks.filter(isEmpty)).toEqual([]);
    const ours = new Set(load.users);
    expect(facts.orders.filter(({ userId }) => ours.has(userId))).toHaveLength(orders.length);
  });

  it('can be held against the promises of the shop', () => {
    const counts = evaluateSlos(slos, seen, window).map(({ name, all }) => [name, all > 0]);
    expect(Object.fromEntries(counts)).toMatchObject({
      'checkout-availability': true,
      'checkout-latency': true,
      'order-completion': true,
      'read-freshness': true,
    });
  });
});
