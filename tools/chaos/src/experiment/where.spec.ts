import { describe, expect, it } from '@jest/globals';
import { readExperiments } from './read.ts';
import { obstacleOf, requireThere } from './where.ts';

describe('where experiments can be run', () => {
  const plans = readExperiments();
  const named = async (...names: string[]) => (await plans).filter(({ name }) => names.includes(name));

  it('is on this machine for all', async () =>
    expect((await plans).flatMap((plan) => obstacleOf(plan, 'host') ?? [])).toEqual([]));

  it('is on a cluster for those whose faults can all be injected there', async () => {
    const there = (await plans).filter((plan) => obstacleOf(plan, 'k8s') === undefined).map(({ name }) => name);
    expect(there).toEqual(
      expect.arrayContaining(['kafka-down', 'gateway-dies', 'cards-declined', 'background-blocked']),
    );
    expect(there).not.toContain('power-cut');
  });

  it('is said before anything is broken, with the faults that are in the way', async () => {
    const refused = await named('kafka-down', 'power-cut');
    expect(() => requireThere(refused, 'k8s', '--on current')).toThrow('power-cut is not run on a cluster');
    const [powerCut] = await named('power-cut');
    expect(powerCut && obstacleOf(powerCut, 'k8s')).toBe('power-cut cannot be injected on a cluster');
    expect(() => requireThere([], 'k8s', '--on current')).not.toThrow();
  });
});
