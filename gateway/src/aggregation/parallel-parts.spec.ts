import { beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError, type HttpResponse } from '@souk/http';
import { z } from 'zod';
import type { Upstreams } from '../routing/upstreams.js';
import { LastGood } from './last-good.js';
import { ParallelParts } from './parallel-parts.js';
import { type PartCall, type Parts, toldOf } from './parts.js';
import { SerialParts } from './parts.naive.js';

const schema = z.object({ n: z.number() });
const call: PartCall<{ n: number }> = { upstream: 'inventory', path: '/stock/LAMP-1', schema, authorization: 'x' };
const other = { ...call, path: '/stock/SHADE-1' };
const reply = (status: number, body: unknown): HttpResponse =>
  ({
    status,
    headers: {},
    body: { text: async () => JSON.stringify(body), dump: () => undefined },
  }) as unknown as HttpResponse;

describe('the parts of a page', () => {
  let now: number;
  let load: { essentialOnly: boolean };
  let asked: string[];
  let answer: (path: string) => Promise<HttpResponse>;
  let lastGood: LastGood;
  const settings = { value: { fallbackSeconds: 60 } };
  const counted: string[] = [];
  let parts: ParallelParts;
  beforeEach(() => {
    now = 0;
    asked = [];
    counted.length = 0;
    load = { essentialOnly: false };
    settings.value = { fallbackSeconds: 60 };
    answer = async () => reply(200, { n: 7 });
    lastGood = new LastGood(100_000, () => now);
    const request = ({ path }: { path: string }) => {
      asked.push(path);
      return answer(path);
    };
    const upstreams = { of: () => ({ request }) } as unknown as Upstreams;
    const metrics = {
      part: (name: string, outcome: string) => void counted.push(`${name} ${outcome}`),
      aged: (name: string) => void counted.push(`${name} aged`),
    };
    parts = new ParallelParts({ upstreams, metrics, lastGood, load, settings });
  });
  const fails = () => {
    answer = () => Promise.reject(new CodedError('unavailable', 'upstream-unavailable', 'gone'));
  };
  const missing = (reason: string) => ({ value: null, missing: [{ part: 'stock', reason }], aged: [] });
  const aged = (reason: string, ageSeconds: number) => ({
    value: { n: 7 },
    missing: [],
    aged: [{ part: 'stock', reason, ageSeconds }],
  });

  it('AGG-5 that fail are what they last were, with their age, until that is too old', async () => {
    expect(await parts.optional('stock', call)).toEqual({ value: { n: 7 }, missing: [], aged: [] });
    fails();
    now = 59_999;
    expect(await parts.optional('stock', call)).toEqual(aged('unavailable', 59));
    expect(await parts.optional('stock', other)).toEqual(missing('unavailable'));
    now = 60_001;
    expect(await parts.optional('stock', call)).toEqual(missing('unavailable'));
    expect(counted).toEqual(['stock ok', 'stock unavailable', 'stock aged', 'stock unavailable', 'stock unavailable']);
  });

  it('AGG-5 that fail are missing when the setting says so', async () => {
    await parts.optional('stock', call);
    fails();
    settings.value = { fallbackSeconds: 0 };
    now = 1;
    expect(await parts.optional('stock', call)).toEqual(missing('unavailable'));
  });

  it.each<[string, unknown]>([
    ['broken', { n: 'x' }],
    ['empty', null],
  ])('AGG-5 are not replaced by an answer that is %s', async (_what, body) => {
    await parts.optional('stock', call);
    answer = async () => reply(200, body);
    expect(await parts.optional('stock', call)).toEqual(aged('unavailable', 0));
  });

  it('AGG-5 of which their service says that there are none are missing, and forgotten', async () => {
    await parts.optional('stock', call);
    answer = async () => reply(404, { type: 't', title: 'x', status: 404, code: 'unknown-sku' });
    expect(await parts.optional('stock', call)).toEqual(missing('unknown'));
    fails();
    expect(await parts.optional('stock', call)).toEqual(missing('unavailable'));
  });

  it('AGG-5 that are somebody’s own are remembered for nobody', async () => {
    await parts.optional('stock', { ...call, isPersonal: true });
    fails();
    expect(await parts.optional('stock', { ...call, isPersonal: true })).toEqual(missing('unavailable'));
    expect(await parts.optional('stock', call)).toEqual(missing('unavailable'));
    expect(lastGood.bytes).toBe(0);
  });

  it('AGG-4 that are required are never old', async () => {
    await parts.required('product', call);
    expect(lastGood.find('inventory /stock/LAMP-1', 60_000)).toBeUndefined();
    fails();
    await expect(parts.required('product', call)).rejects.toMatchObject({ code: 'upstream-unavailable' });
  });

  it('AGG-3 that are optional are not asked for under load; who has an old one gives it', async () => {
    await parts.optional('stock', call);
    load.essentialOnly = true;
    asked = [];
    expect(await parts.optional('stock', call)).toEqual(aged('overload', 0));
    expect(await parts.optional('stock', other)).toEqual(missing('overload'));
    expect(asked).toEqual([]);
    await parts.required('product', other);
    expect(asked).toEqual([other.path]);
    load.essentialOnly = false;
    expect(await parts.optional('stock', other)).toMatchObject({ missing: [], aged: [] });
  });

  it('AGG-3 at the end of a page it is told what is missing and what is old', () => {
    const whole = { value: 1, missing: [], aged: [] };
    const stock = { part: 'stock', reason: 'timeout' } as const;
    expect(toldOf(whole)).toEqual({ missing: [] });
    expect(toldOf(whole, { ...whole, missing: [stock] })).toEqual({ missing: [stock] });
    const old = { ...stock, ageSeconds: 3 };
    expect(toldOf({ ...whole, aged: [old] }, whole)).toEqual({ missing: [], aged: [old] });
  });

  it.each<[string, () => Parts, string[], string[]]>([
    ['at the same time', () => parts, [call.path, other.path], ['fulfilled', 'fulfilled']],
    [
      'one after another, by the variant aggregation-serial',
      () => new SerialParts(parts),
      [call.path],
      ['fulfilled', 'rejected'],
    ],
  ])('AGG-1 are asked for %s', async (_what, open, atOnce, ended) => {
    const gate = Promise.withResolvers<HttpResponse>();
    answer = (path) => (path === call.path ? gate.promise : Promise.resolve(reply(500, {})));
    const page = open().forPage();
    const settled = Promise.allSettled([page.required('product', call), page.optional('stock', other)]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual(atOnce);
    gate.resolve(reply(200, { n: 1 }));
    expect((await settled).map(({ status }) => status)).toEqual(ended);
    expect(asked).toEqual([call.path, other.path]);
  });
});

describe('last good answers', () => {
  it('AGG-5 take no more memory than they may; what was not used for longest leaves', () => {
    const lastGood = new LastGood(10_000, () => 0);
    for (let n = 0; n < 100; n++) {
      lastGood.remember(`key ${n}`, n, 500);
      lastGood.find('key 0', 1);
      expect(lastGood.bytes).toBeLessThanOrEqual(10_000);
    }
    expect([0, 99, 50].map((n) => lastGood.find(`key ${n}`, 1)?.value)).toEqual([0, 99, undefined]);
  });
});
