import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { addressesAreCallable, allowedCalls, callsArrive } from './graph.ts';
import { parseManifests, podsOf } from './manifests.ts';

const golden = (name: string) =>
  parseManifests(readFileSync(join(import.meta.dirname, 'golden', `${name}.yaml`), 'utf8'));
const shop = golden('souk-critical');
const infra = golden('infra');

describe('BLK-4 catalog once more, for a class of callers', () => {
  it('is off unless it is asked for', () => {
    for (const profile of ['souk-local', 'souk-ha', 'souk-production'])
      expect(JSON.stringify(golden(profile))).not.toContain('catalog-critical');
  });

  it('is the same program under limits of its own, and follows the same settings', () => {
    const [one, other] = ['catalog', 'catalog-critical'].map((name) => {
      const pod = podsOf(shop).find(({ of }) => of === `Deployment/${name}`);
      return { pod, container: pod?.spec.containers.find((container) => container.name === name) };
    });
    expect(other?.container?.image).toBe(one?.container?.image);
    expect(other?.container?.resources).toEqual(one?.container?.resources);
    expect(JSON.stringify(other?.pod?.spec.volumes)).toContain('"catalog-live"');
  });

  it('is called by the gateway alone, by addresses that can be called', () => {
    const calls = allowedCalls([...infra, ...shop]).filter((call) => call.includes('-> catalog-critical'));
    expect(calls).toEqual(['gateway -> catalog-critical.http', 'gateway -> catalog-critical.management']);
    expect([...callsArrive([...infra, ...shop]), ...addressesAreCallable([...infra, ...shop])]).toEqual([]);
  });
});
