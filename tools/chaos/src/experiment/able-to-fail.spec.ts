import { describe, expect, it } from '@jest/globals';
import { judge } from '../run/hypothesis.ts';
import type { Observations, Sample } from '../run/observations.ts';
import { readExperiment } from './read.ts';

const SECONDS = 30;

/** A run in which so many orders come a second, of which this share is confirmed, and `own` grows by so much a second. */
function seen(perSecond: number, share: number, own: Readonly<Record<string, number>> = {}): Observations {
  const orders = Array.from({ length: SECONDS * perSecond }, (_, index) => {
    const placedAt = (index * 1_000) / perSecond;
    return (index * share) % 1 < share
      ? { placedAt, confirmedAt: placedAt + 200 }
      : { placedAt, closedAt: placedAt + 200 };
  });
  const samples = Array.from({ length: SECONDS }, (_, second): Sample => ({
    at: second * 1_000,
    series: Object.fromEntries(Object.entries(own).map(([name, each]) => [`own.${name}`, each * second])),
  }));
  return { answers: [], orders, samples, marks: [], phases: { baseline: 0, hold: 5_000, heal: 17_000 } };
}

/** Whether all expectations of the time of the fault that have this measure are met. */
async function isOk(name: string, measure: string, observations: Observations): Promise<boolean> {
  const { hypotheses } = await readExperiment(name);
  const found = hypotheses.filter((one) => one.phase === 'during' && one.measure === measure);
  if (found.length === 0) throw new Error(`${name} has no ${measure}`);
  return found.every((one) => judge(one, observations).ok);
}

describe('what was to become less is not to become nothing', () => {
  it.each([
    ['half of them are confirmed', 0.5, true],
    ['a third is', 0.34, true],
    ['all are', 1, false],
    ['none is', 0, false],
    ['hardly one is', 0.1, false],
  ])('cards-declined, six orders a second, %s', async (_, share, ok) =>
    expect(await isOk('cards-declined', 'confirmed-rate', seen(6, share))).toBe(ok),
  );

  it.each([
    ['its share', 20, true],
    ['all of it', 150, false],
    ['nothing', 0, false],
  ])('tenant-floods, who floods gets %s answered', async (_, served, ok) =>
    expect(
      await isOk('tenant-floods', 'served-of-flood', seen(6, 1, { 'flood-sent': 150, 'flood-served': served })),
    ).toBe(ok),
  );
});
