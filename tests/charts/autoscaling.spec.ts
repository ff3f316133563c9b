import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { serviceSettings, SOFT_LIMIT } from '@souk/contracts';
import { type Autoscaler, autoscalerOf, replicasOver } from './autoscaler.ts';
import { containersOf, parseManifests, podsOf } from './manifests.ts';
import { quantity } from './quota.ts';

const read = (name: string) =>
  parseManifests(readFileSync(join(import.meta.dirname, 'golden', `${name}.yaml`), 'utf8'));
const ha = read('souk-ha');
const gateway = autoscalerOf(ha, 'gateway');
const { limitWindowSeconds } = serviceSettings.gateway.parse({});
/** Another look of the autoscaler, and the 15 s that a sample is the mean of. */
const LATE_SECONDS = 30;
const PHASES = Array.from({ length: 15 }, (_, phase) => phase);
/** JavaScript runs on one core: there the event loop falls behind, and the door closes. */
const HARD_LIMIT_CORES = 1;

const grew = (counts: readonly number[]): number => counts.findIndex((count) => count > gateway.minReplicas);

describe('the soft limit', () => {
  it('THR-7 adds gateways long before a core is full, which is where the hard limit begins', () => {
    const pod = podsOf(ha).find(({ of }) => of === 'Deployment/gateway');
    const requested = pod && containersOf(pod).find(({ name }) => name === 'gateway')?.resources;
    const { cpu } = (requested as { requests: { cpu: string } }).requests;
    expect(gateway.cpu * quantity(cpu)).toBeLessThan(HARD_LIMIT_CORES * SOFT_LIMIT);
    expect(gateway.maxReplicas).toBeGreaterThan(gateway.minReplicas);
  });

  it('THR-7 is the target where the pressure of the gateways themselves is a metric', () => {
    const target = autoscalerOf(read('service-full'), 'service').podMetrics.get('souk_admission_pressure');
    expect(target).toBe(SOFT_LIMIT);
    expect(target).toBeLessThan(1);
  });

  it('THR-7 has brought more before the hard limit where load rises by a tenth a minute, and shares it out', () => {
    const rising = (second: number, replicas: number): number => ((0.3 + second / 600) * 2) / replicas / SOFT_LIMIT;
    for (const phase of PHASES) {
      const counts = replicasOver(gateway, rising, { seconds: 600, phase });
      const pressures = counts.map((_, second) => rising(second, counts[second - 1] ?? 2) * SOFT_LIMIT);
      expect(Math.max(...pressures)).toBeLessThan(1);
      expect(counts.at(-1)).toBe(gateway.maxReplicas);
    }
  });

  it('THR-7 brings more within two minutes where load comes all at once; so long the hard limit throttles', () => {
    for (const phase of PHASES) {
      const at = grew(replicasOver(gateway, (_, replicas) => 8 / replicas, { seconds: 300, phase }));
      expect(at).toBeGreaterThanOrEqual(limitWindowSeconds);
      expect(at).toBeLessThanOrEqual(gateway.scaleUpAfterSeconds + LATE_SECONDS);
    }
  });
});

describe('a short burst', () => {
  /** All that a caller may spend in a window, spent as fast as can be: after it there is nothing but 429 until the window ends. */
  const burst = (second: number): number => (second >= 60 && second < 60 + limitWindowSeconds ? 7 : 0.5);
  const most = (autoscaler: Autoscaler): number =>
    Math.max(...PHASES.flatMap((phase) => replicasOver(autoscaler, burst, { seconds: 300, phase })));

  it('THR-10 of a caller adds no pod, whenever it comes', () => expect(most(gateway)).toBe(gateway.minReplicas));

  it('THR-10 would, if nobody waited whether it lasts', () =>
    expect(most({ ...gateway, scaleUpAfterSeconds: 0 })).toBeGreaterThan(gateway.minReplicas));

  it('THR-10 adds none behind the gateway either', () => {
    const others = ha.flatMap(({ kind, metadata }) => (kind === 'HorizontalPodAutoscaler' ? [metadata.name] : []));
    expect(others).toHaveLength(6);
    for (const name of others) expect([name, most(autoscalerOf(ha, name))]).toEqual([name, 2]);
  });
});

describe('the autoscaler of these tests', () => {
  const at = (load: number, seconds = 600) => replicasOver(gateway, (_, n) => (load * 2) / n, { seconds }).at(-1);

  it('leaves alone what is within a tenth, adds what is missing, and no more than it may', () => {
    expect([at(1.09), at(1.2), at(1.6), at(9)]).toEqual([2, 3, 4, gateway.maxReplicas]);
  });

  it('takes pods away five minutes after the load has gone', () => {
    const load = (second: number): number => (second < 120 ? 3 : 0.1);
    const counts = replicasOver(gateway, load, { seconds: 600 });
    expect([counts[200], counts[400], counts.at(-1)]).toEqual([gateway.maxReplicas, gateway.maxReplicas, 2]);
  });
});
