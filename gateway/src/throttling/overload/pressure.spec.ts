import { describe, expect, it } from '@jest/globals';
import { serviceSettings, SOFT_LIMIT } from '@souk/contracts';
import { AdaptiveAdmission } from './adaptive-admission.js';

const { shedLoopMs } = serviceSettings.gateway.parse({});
const settings = { value: serviceSettings.gateway.parse({ shedFloor: 1 }) };

/** A door whose loop was so late in each step of 100 ms, and its pressure after each of them. */
function after(lateMs: readonly number[]): { door: AdaptiveAdmission; pressures: number[] } {
  const door = new AdaptiveAdmission(settings);
  const pressures = lateMs.map((ms, index) => {
    door.step(ms, index * 100);
    return door.pressure;
  });
  return { door, pressures };
}
const of = (ms: number, seconds: number): number[] => Array<number>(seconds * 10).fill(ms);

describe('the pressure that replicas are added for', () => {
  it('THR-7 is beyond the soft limit before the door closes, where load rises', () => {
    const door = new AdaptiveAdmission(settings);
    const before = door.limit;
    let now = 0;
    // A millisecond later each second, as with a shop that more and more people visit.
    for (let lateMs = 0; lateMs < shedLoopMs; lateMs += 0.1) door.step(lateMs, (now += 100));
    expect(door.limit).toBe(before);
    expect(door.pressure).toBeGreaterThan(1.5 * SOFT_LIMIT);
    expect(door.essentialOnly).toBe(true);
    for (let step = 0; step < 20; step += 1) door.step(shedLoopMs * 1.5, (now += 100));
    expect(door.limit).toBeLessThan(before);
  });

  it('THR-7 is 1 where the door is about to close', () => {
    const { door, pressures } = after(of(shedLoopMs, 40));
    expect(pressures.at(-1)).toBeCloseTo(1, 2);
    expect(door.limit).toBe(after([]).door.limit);
  });

  it('THR-7 goes by what the settings say now', () => {
    const live = { value: settings.value };
    const door = new AdaptiveAdmission(live);
    live.value = { ...settings.value, shedLoopMs: 4 * shedLoopMs };
    for (let step = 0; step < 400; step += 1) door.step(shedLoopMs, step * 100);
    expect(door.pressure).toBeCloseTo(0.25, 2);
  });

  it('THR-10 stays below the soft limit in a burst of a second, however bad', () => {
    expect(Math.max(...after([...of(1, 5), ...of(50 * shedLoopMs, 1), ...of(1, 5)]).pressures)).toBeLessThan(
      SOFT_LIMIT,
    );
  });

  it('is gone half a minute after the load', () => {
    expect(after([...of(shedLoopMs, 60), ...of(1, 30)]).pressures.at(-1)).toBeLessThan(0.05);
  });
});
