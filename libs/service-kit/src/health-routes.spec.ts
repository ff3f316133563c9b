import { beforeEach, describe, expect, it } from '@jest/globals';
import { parseHealthKeys } from './health-keys.js';
import type { DependencyStatus } from './health-registry.js';
import { HEALTH_DEFAULTS, healthRoutes, type HealthSettings } from './health-routes.js';
import { ManagementRoutes } from './management-routes.js';

const KEY = 'a-key-of-the-prober';
const up = { ok: true, ms: 3 };
const down = { ok: false, ms: 2_000, error: 'no answer within 2000 ms' };

describe('the door of the deep check', () => {
  let settings: HealthSettings;
  let keys: { value: ReturnType<typeof parseHealthKeys> };
  let dependencies: Record<string, DependencyStatus>;
  let routes: ManagementRoutes;
  beforeEach(() => {
    settings = HEALTH_DEFAULTS;
    keys = { value: parseHealthKeys(KEY) };
    dependencies = { postgres: { ...up, core: true }, recommendation: { ...up, core: false } };
    routes = new ManagementRoutes();
    const deep = { report: async () => ({ checkedAt: '2026-01-01T00:00:00.000Z', dependencies }) };
    healthRoutes(routes, { deep, keys, settings: () => settings });
  });
  const ask = async (path: string, key: string | string[] | undefined = KEY) =>
    routes.find(path)?.(undefined, key === undefined ? {} : { 'x-health-key': key });
  const statusOf = async (path: string) => {
    const answer = await ask(path);
    return [answer?.status, (answer?.body as { status?: string } | undefined)?.status];
  };

  it('HEM-1 tells every dependency with its time', async () => {
    expect(await ask('/healthz')).toEqual({
      status: 200,
      body: {
        status: 'ok',
        checkedAt: '2026-01-01T00:00:00.000Z',
        everySeconds: 5,
        dependencies: { postgres: { ...up, core: true }, recommendation: { ...up, core: false } },
      },
    });
  });

  it('HEM-2 core and low-priority dependencies are told apart', async () => {
    dependencies['recommendation'] = { ...down, core: false };
    expect(await statusOf('/healthz/core')).toEqual([200, 'ok']);
    expect(await statusOf('/healthz/low')).toEqual([503, 'failed']);
    expect(await statusOf('/healthz')).toEqual([200, 'degraded']);
    const { body } = (await ask('/healthz/core')) ?? {};
    expect(Object.keys((body as { dependencies: object }).dependencies)).toEqual(['postgres']);
  });

  it('HEM-3 a failure is 503, and its body names the dependency, its status and how long it took', async () => {
    dependencies['postgres'] = { ...down, core: true };
    expect(await statusOf('/healthz/core')).toEqual([503, 'failed']);
    expect(await statusOf('/healthz/low')).toEqual([200, 'ok']);
    expect(await ask('/healthz')).toMatchObject({
      status: 503,
      body: { status: 'failed', dependencies: { postgres: { ok: false, ms: 2_000, error: down.error } } },
    });
  });

  it.each<[string, string | string[] | undefined]>([
    ['no key', undefined],
    ['a wrong key', 'a-key-of-the-probe'],
    ['a longer key', `${KEY}x`],
    ['an empty key', ''],
    ['two keys', [KEY, KEY]],
  ])('HEM-6 with %s there is nothing at its addresses', async (_what, key) => {
    const answers = [];
    for (const path of ['/healthz', '/healthz/core', '/healthz/low', '/healthz/test'])
      answers.push(await routes.find(path)?.(undefined, key === undefined ? {} : { 'x-health-key': key }));
    expect(answers).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('HEM-6 without keys no key opens it', async () => {
    keys.value = [];
    expect(await ask('/healthz')).toBeUndefined();
    expect(await ask('/healthz', '')).toBeUndefined();
  });

  it.each([200, 204, 418, 500, 503])('HEM-7 the test address answers %i when it is told to', async (status) => {
    settings = { ...settings, healthTestStatus: status };
    expect(await ask('/healthz/test')).toMatchObject({ status });
  });

  it('HEM-14 who may look changes while it runs: a key more, none needed, nobody', async () => {
    expect(await ask('/healthz', 'another-key-of-somebody')).toBeUndefined();
    keys.value = parseHealthKeys(`${KEY}\nanother-key-of-somebody\n`);
    expect((await ask('/healthz', 'another-key-of-somebody'))?.status).toBe(200);
    settings = { ...settings, healthAccess: 'open' };
    expect((await routes.find('/healthz')?.(undefined, {}))?.status).toBe(200);
    settings = { ...settings, healthAccess: 'off' };
    expect(await ask('/healthz')).toBeUndefined();
  });

  it('HEM-6 takes no key that can be tried out, and does not show it', () => {
    expect(() => parseHealthKeys(`${KEY}\nshort`)).toThrow('a key has at least 16 characters');
    expect(parseHealthKeys('\n\n')).toEqual([]);
  });
});
