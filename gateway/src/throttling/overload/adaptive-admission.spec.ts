import { serviceSettings } from '@souk/contracts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { AdaptiveAdmission } from './adaptive-admission.js';
import type { Leave } from './admission.js';

const settings = { value: serviceSettings.gateway.parse({ shedFloor: 10, shedCeiling: 100 }) };

describe('the door', () => {
  let door: AdaptiveAdmission;
  beforeEach(() => {
    door = new AdaptiveAdmission(settings);
  });
  /** As many as are let in. */
  const fill = (method: string, target: string, most = 200): Leave[] =>
    Array.from({ length: most }, () => door.enter(method, target)).filter((leave) => leave !== undefined);

  it('THR-5 keeps room for those who buy when those who look around have taken theirs', () => {
    expect(fill('GET', '/api/orders/1')).toHaveLength(90);
    expect(fill('POST', '/api/orders')).toHaveLength(10);
    expect(door.lanes.get('order')?.shed).toBe(110 + 190);
  });

  it('THR-5 lets in as many as the floor from the first request on, also where that is changed later', () => {
    const live = { value: { ...settings.value, shedFloor: 500, shedCeiling: 1_000 } };
    door = new AdaptiveAdmission(live);
    expect(fill('POST', '/api/orders', 600)).toHaveLength(500);
    live.value = { ...live.value, shedFloor: 550 };
    expect(fill('POST', '/api/orders', 600)).toHaveLength(50);
  });

  it('sends what nobody waits for away first', () => {
    expect(fill('POST', '/api/batch')).toHaveLength(75);
  });

  it('lets the other groups of routes alone when one is full', () => {
    fill('GET', '/api/products');
    expect(fill('GET', '/api/stock/A')).toHaveLength(90);
  });

  it('takes somebody in again for everybody who leaves, and counts each once', () => {
    const [first] = fill('POST', '/api/orders');
    expect(fill('POST', '/api/orders')).toHaveLength(0);
    first?.(5);
    expect(door.inFlight).toBe(99);
    expect(fill('POST', '/api/orders')).toHaveLength(1);
    expect(door.inFlight).toBe(100);
  });

  it('lets those who wait on purpose take nobody’s place', () => {
    expect(fill('GET', '/api/orders/1/stream', 1_000)).toHaveLength(1_000);
    expect(door.inFlight).toBe(0);
    expect(fill('POST', '/api/orders')).toHaveLength(100);
    expect(fill('GET', '/api/orders/1/stream', 2_000)).toHaveLength(1_000);
  });

  it('lets less in while its own event loop is late, one at least, and more again when it is not', () => {
    fill('GET', '/api/products', 50);
    for (let step = 0; step < 50; step += 1) door.step(1_000, step * 100);
    expect(door.limit).toBe(16);
    expect(fill('POST', '/api/cart/items')).toHaveLength(1);
    for (let step = 0; step < 100; step += 1) door.step(1, 5_000 + step * 100);
    expect(door.limit).toBeGreaterThan(100);
  });

  it('THR-4 has pages do without what is optional while it sheds or its loop is late, and brings it back', () => {
    const run = (from: number, to: number, lateMs: number): boolean => {
      for (let now = from; now < to; now += 100) door.step(lateMs, now);
      return door.essentialOnly;
    };
    expect(run(0, 1_000, 1)).toBe(false);
    expect(run(1_000, 1_500, 55)).toBe(true);
    expect(run(1_500, 3_000, 1)).toBe(false);
    expect(run(3_000, 4_000, 45)).toBe(false);
  });

  it('THR-4 has them do without, too, while others are sent away', () => {
    const places = fill('GET', '/api/products');
    door.step(1, 0);
    for (let now = 100; now <= 300; now += 100) {
      expect(door.enter('GET', '/api/products')).toBeUndefined();
      door.step(1, now);
    }
    expect(door.essentialOnly).toBe(true);
    for (const leave of places) leave(5);
    for (let now = 400; now < 1_600; now += 100) door.step(1, now);
    expect(door.essentialOnly).toBe(false);
  });
});
