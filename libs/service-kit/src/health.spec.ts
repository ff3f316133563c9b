import { beforeEach, describe, expect, it } from '@jest/globals';
import { liveSettings } from '@souk/config';
import { Metrics } from '@souk/observability';
import { z } from 'zod';
import { exposeHealth } from './health.js';
import { HealthRegistry } from './health-registry.js';

describe('souk_dependency_up', () => {
  let clock: number;
  let registry: HealthRegistry;
  let settings: { value: { healthSeconds: number } };
  let metrics: Metrics;
  beforeEach(() => {
    clock = 100_000;
    registry = new HealthRegistry({ now: () => clock });
    registry.addReadiness('postgres', async () => undefined);
    registry.addLowPriority('kafka', () => Promise.reject(new Error('away')));
    settings = { value: { healthSeconds: 10 } };
    metrics = new Metrics();
    exposeHealth(metrics, registry, settings);
  });
  const up = (): string[] =>
    metrics
      .render()
      .split('\n')
      .filter((line) => line.startsWith('souk_dependency_up{'));

  it('HEM-3 names each dependency', async () => {
    expect(up()).toEqual([]);
    await registry.askAll();
    expect(up()).toEqual([
      'souk_dependency_up{dependency="postgres",core="true"} 1',
      'souk_dependency_up{dependency="kafka",core="false"} 0',
    ]);
  });

  it('HEM-4 is absent for what nobody has asked for three pauses, by the setting', async () => {
    await registry.askAll();
    clock += 20_000;
    await registry.report();
    clock += 12_001;
    expect(up()).toEqual(['souk_dependency_up{dependency="postgres",core="true"} 1']);
    settings.value = { healthSeconds: 20 };
    expect(up()).toHaveLength(2);
    clock += 60_000;
    expect(up()).toEqual([]);
  });

  it('CFG-13 reads the one setting that it goes by, and no other', () => {
    const schema = { healthSeconds: z.int().default(5), healthTestStatus: z.int().default(503) };
    const live = liveSettings(z.strictObject(schema), undefined);
    exposeHealth(metrics, registry, live);
    up();
    const read = Object.entries(live.status().reads ?? {}).flatMap(([name, times]) => (times > 0 ? [name] : []));
    expect(read).toEqual(['healthSeconds']);
  });

  it('HEM-4 outlives the pauses of a kubelet, however short those of the deep check', async () => {
    settings.value = { healthSeconds: 1 };
    await registry.report();
    clock += 15_000;
    expect(up()).toHaveLength(1);
  });
});
