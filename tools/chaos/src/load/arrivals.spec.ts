import { describe, expect, it } from '@jest/globals';
import { Arrivals, type Clock } from './arrivals.ts';

/** Time that passes when somebody waits for it; the load is stopped after `forMs`. */
function rig(forMs: number, options: { perSecond?: number; most?: number; tookMs?: number; stallAtMs?: number } = {}) {
  const { perSecond = 10, most = 100, tookMs = 0, stallAtMs } = options;
  let now = 5_000;
  const came: { at: number; who: number; dropped: boolean }[] = [];
  const ends: { at: number; end: () => void }[] = [];
  let who = 0;
  let isOver = false;
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
      if (stallAtMs !== undefined && now - 5_000 === stallAtMs) now += 1_000;
      for (const one of ends.splice(0))
        if (one.at <= now) one.end();
        else ends.push(one);
      await Promise.resolve()
        .then(() => undefined)
        .then(() => undefined);
      if (now - 5_000 > forMs && !isOver) {
        isOver = true;
        void arrivals.stop(0);
      }
    },
  };
  const arrivals = new Arrivals<number>({
    perSecond,
    most,
    clock,
    next: () => who++,
    visit: async (one) => {
      came.push({ at: now - 5_000, who: one, dropped: false });
      if (tookMs > 0) await new Promise<void>((resolve) => ends.push({ at: now + tookMs, end: resolve }));
    },
    drop: (one) => came.push({ at: now - 5_000, who: one, dropped: true }),
  });
  return { arrivals, came };
}
const run = async (...given: Parameters<typeof rig>) => {
  const made = rig(...given);
  await Promise.all([made.arrivals.start(), made.arrivals.start()]);
  return made;
};

describe('arrivals', () => {
  it('come at the rate, from the first moment on', async () => {
    const { came } = await run(450);
    expect(came.map(({ at }) => at)).toEqual([0, 100, 200, 300, 400]);
  });

  it('go on whether visits have ended or not', async () => {
    const { came, arrivals } = await run(450, { tookMs: 100_000 });
    expect(came).toHaveLength(5);
    expect(arrivals.figures).toEqual({ arrivals: 5, dropped: 0, lateMs: 0 });
  });

  it('are not let in while too many are inside; they are counted, and nobody is asked in their place', async () => {
    const { came, arrivals } = await run(550, { tookMs: 250, most: 2 });
    expect(came.map(({ who, dropped }) => (dropped ? -who : who))).toEqual([0, 1, -2, 3, 4, -5]);
    expect(arrivals.figures).toMatchObject({ arrivals: 6, dropped: 2 });
  });

  it('that were missed come at once, and it is told how late they were', async () => {
    const { came, arrivals } = await run(1_450, { stallAtMs: 200 });
    expect(came.map(({ at }) => at)).toEqual([0, 100, ...Array.from({ length: 11 }, () => 1_200), 1_300, 1_400]);
    expect(arrivals.figures.lateMs).toBe(1_000);
  });

  it('end when they are told to, and say how many visits had not', async () => {
    const { arrivals } = await run(250, { tookMs: 100_000 });
    expect(await arrivals.stop(1_000)).toBe(3);
    const idle = await run(250);
    expect(await idle.arrivals.stop(1_000)).toBe(0);
  });
});
