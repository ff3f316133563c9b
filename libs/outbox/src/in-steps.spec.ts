import { describe, expect, it } from '@jest/globals';
import { inSteps } from './in-steps.js';

/** A table with so many rows past their time, of which each step takes as many as it may. */
function aTable(rows: number) {
  const steps: number[] = [];
  const forget = async (limit: number): Promise<number> => {
    const taken = Math.min(limit, rows);
    rows -= taken;
    steps.push(taken);
    return taken;
  };
  return { steps, forget, left: () => rows };
}

describe('forgetting in steps', () => {
  it.each([0, 1, 4_999, 5_000, 12_345])('takes all of %i rows', async (rows) => {
    const table = aTable(rows);
    expect([await inSteps(table.forget), table.left()]).toEqual([rows, 0]);
    expect(table.steps).toHaveLength(Math.floor(rows / 5_000) + 1);
  });

  it('keeps up with 2,000 rows a second, called once a minute', async () => {
    const table = aTable(120_000);
    await inSteps(table.forget);
    expect(table.left()).toBe(0);
  });

  it('ends when there is no end of them', async () => {
    const table = aTable(1e9);
    expect(await inSteps(table.forget)).toBe(150_000);
    expect(table.steps).toHaveLength(30);
  });
});
