import { beforeEach, describe, expect, it } from '@jest/globals';
import { AskedEachTime } from './deep-health.naive.js';
import { RefreshedHealth } from './deep-health.js';
import { askWithoutEnd, takeForGranted } from './dependency-check.naive.js';
import { askWithin, oneAtATime } from './dependency-check.js';
import { HealthRegistry } from './health-registry.js';

const hangs = (): Promise<void> => new Promise(() => undefined);

describe('the deep check', () => {
  let now: number;
  let everyMs: number;
  let asked: number;
  let due: { at: number; run: () => void }[];
  let registry: HealthRegistry;
  let deep: RefreshedHealth;
  beforeEach(() => {
    [now, everyMs, asked, due] = [0, 5_000, 0, []];
    registry = new HealthRegistry();
    registry.addReadiness('postgres', async () => void (asked += 1));
    const after = (ms: number, run: () => void): void => void due.push({ at: now + ms, run });
    deep = new RefreshedHealth({ registry, everyMs: () => everyMs, now: () => now, after });
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    const ready = due.filter(({ at }) => at <= now);
    due = due.filter(({ at }) => at > now);
    for (const { run } of ready) run();
    await settled();
  };

  it('HEM-4 a thousand probes ask a dependency once, and once more for each interval that passes', async () => {
    await Promise.all(Array.from({ length: 1_000 }, () => deep.report()));
    expect(asked).toBe(1);
    for (let interval = 1; interval <= 3; interval += 1) {
      await pass(4_999);
      await Promise.all(Array.from({ length: 1_000 }, () => deep.report()));
      expect(asked).toBe(interval);
      await pass(1);
      expect(asked).toBe(interval + 1);
    }
  });

  it('HEM-4 the variant asks for every probe', async () => {
    const naive = new AskedEachTime(registry);
    await Promise.all(Array.from({ length: 1_000 }, () => naive.report().then(settled)));
    for (let probe = 0; probe < 100; probe += 1) await naive.report();
    expect(asked).toBeGreaterThan(100);
  });

  it('HEM-4 nobody is asked while nobody probes, and the first to come hears what is true then', async () => {
    await deep.report();
    for (let interval = 0; interval < 20; interval += 1) await pass(5_000);
    expect(asked).toBeLessThan(20);
    const before = asked;
    await pass(60_000);
    expect([asked, due]).toEqual([before, []]);
    expect((await deep.report()).checkedAt).toBe(new Date(now).toISOString());
    expect(asked).toBe(before + 1);
  });

  it('HEM-14 the interval changes while it runs', async () => {
    await deep.report();
    everyMs = 1_000;
    await pass(5_000);
    await pass(1_000);
    expect(asked).toBe(3);
  });

  it('tells what became of a dependency since', async () => {
    let up = true;
    registry.addLowPriority('kafka', async () => (up ? undefined : Promise.reject(new Error('gone'))));
    expect((await deep.report()).dependencies['kafka']).toEqual({ ok: true, core: false, ms: expect.any(Number) });
    up = false;
    await pass(5_000);
    expect((await deep.report()).dependencies['kafka']).toMatchObject({ ok: false, error: 'gone' });
  });
});

describe('asking a dependency', () => {
  it('HEM-5 ends in time for one that hangs, and names it', async () => {
    const registry = new HealthRegistry({ ask: askWithin(5) });
    registry.addReadiness('postgres', hangs);
    registry.addLowPriority('kafka', async () => undefined);
    expect(await registry.askAll()).toEqual({
      postgres: { ok: false, core: true, ms: expect.any(Number), error: 'no answer within 5 ms' },
      kafka: { ok: true, core: false, ms: expect.any(Number) },
    });
  });

  it('HEM-5 the variant waits for it for ever', async () => {
    const registry = new HealthRegistry({ ask: askWithoutEnd });
    registry.addReadiness('postgres', hangs);
    const later = new Promise((resolve) => setTimeout(() => resolve('still waiting'), 50));
    expect(await Promise.race([registry.askAll(), later])).toBe('still waiting');
  });

  it('HEM-5 does not pile up questions to one that hangs', async () => {
    let begun = 0;
    const registry = new HealthRegistry({ ask: askWithin(2) });
    registry.addReadiness('postgres', () => ((begun += 1), hangs()));
    for (let round = 0; round < 3; round += 1) await registry.askAll();
    expect(begun).toBe(1);
  });

  it('asks again once the last question has its answer, good or bad', async () => {
    let begun = 0;
    const check = oneAtATime(async () => {
      begun += 1;
      if (begun === 1) throw new Error('not yet');
    });
    await expect(check()).rejects.toThrow('not yet');
    await check();
    await check();
    expect(begun).toBe(3);
  });

  it('HEM-1 the shallow variant is ready without asking; the real one is not', async () => {
    const down = () => Promise.reject(new Error('gone'));
    const [real, shallow] = [new HealthRegistry(), new HealthRegistry({ ask: takeForGranted })];
    for (const registry of [real, shallow]) registry.addReadiness('postgres', down);
    expect([(await real.report()).ready, (await shallow.report()).ready]).toEqual([false, true]);
  });

  it('HEM-2 what can be missing takes nobody out of rotation, and is not even asked for it', async () => {
    let asked = 0;
    const registry = new HealthRegistry();
    registry.addReadiness('postgres', async () => undefined);
    registry.addLowPriority('recommendation', () => ((asked += 1), Promise.reject(new Error('gone'))));
    expect(await registry.report()).toEqual({
      ready: true,
      checks: { postgres: { ok: true, ms: expect.any(Number) } },
    });
    expect(asked).toBe(0);
  });

  it('remembers what each said last, for the metrics', async () => {
    const registry = new HealthRegistry();
    registry.addReadiness('postgres', async () => undefined);
    registry.addLowPriority('kafka', () => Promise.reject(new Error('gone')));
    await registry.askAll();
    await registry.report();
    expect(registry.last()).toMatchObject({ postgres: { ok: true, core: true }, kafka: { ok: false, core: false } });
  });
});
