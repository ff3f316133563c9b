import { describe, expect, it } from '@jest/globals';
import type { DeadLetter, DeadLetterList } from '@souk/contracts';
import type { Settled } from './dead-letters.ts';
import { renderLeft } from './render.ts';
import { isAllSettled, settleAll } from './settle-all.ts';

const PAGE = 3;
const letter = (id: string): DeadLetter => ({
  id,
  service: 'order',
  kind: 'message',
  topic: 't',
  key: 'k',
  type: null,
  messageId: null,
  cause: 'poison',
  attempts: 1,
  firstAt: '2026-01-01T00:00:00.000Z',
  lastAt: '2026-01-01T00:00:00.000Z',
  waiting: 0,
});
const settled = (id: string, outcome: Settled['outcome']): Settled => ({
  id,
  service: 'order',
  action: 'replay',
  outcome,
  applied: 1,
  waiting: 0,
  blockedBy: null,
});

/** Keeps so many letters and shows the oldest three; those of `stubborn` stay dead. */
function keeper(count: number, stubborn: readonly number[] = [], missing: DeadLetterList['missing'] = []) {
  let kept = Array.from({ length: count }, (_, i) => letter(`t-0-${i}`));
  const touched: string[] = [];
  return {
    touched,
    list: async () => ({ items: kept.slice(0, PAGE), total: kept.length, missing }),
    settle: async ({ id }: DeadLetter) => {
      touched.push(id);
      if (stubborn.some((n) => id === `t-0-${n}`)) return settled(id, 'still-dead');
      kept = kept.filter((one) => one.id !== id);
      return settled(id, 'released');
    },
  };
}
const settle = (of: ReturnType<typeof keeper>) => settleAll(of, 'replay', {}, () => undefined);

describe('settling all dead letters', () => {
  it('goes on until none is left, however few a list holds', async () => {
    const all = keeper(8);
    const result = await settle(all);
    expect(all.touched).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((n) => `t-0-${n}`));
    expect(result.results).toHaveLength(8);
    expect(isAllSettled(result)).toBe(true);
  });

  it('tries one that stays dead once, and fails for it', async () => {
    const all = keeper(8, [1]);
    const result = await settle(all);
    expect(all.touched.filter((id) => id === 't-0-1')).toHaveLength(1);
    expect(result).toMatchObject({ left: 0, missing: [] });
    expect(result.results).toHaveLength(8);
    expect(isAllSettled(result)).toBe(false);
  });

  it('ends where those that stay dead fill the list, and says how many it never came to', async () => {
    const result = await settle(keeper(8, [0, 1, 2]));
    expect(result.left).toBe(5);
    expect(isAllSettled({ ...result, results: [] })).toBe(false);
    expect(renderLeft(result).join('\n')).toContain('5 more are as they were');
  });

  it('is no success when a service did not answer', async () => {
    const result = await settle(keeper(1, [], [{ service: 'inventory', reason: 'timeout' }]));
    expect(result.results).toHaveLength(1);
    expect(isAllSettled(result)).toBe(false);
    expect(renderLeft(result).join('\n')).toContain('inventory did not answer (timeout): its letters are as they were');
    expect(renderLeft({ ...result, results: [] }).join('\n')).toContain('no dead letters of those who answered');
  });

  it('has nothing to do where there is nothing', async () => {
    const result = await settle(keeper(0));
    expect(isAllSettled(result)).toBe(true);
    expect(renderLeft(result)).toEqual(['  no dead letters']);
  });
});
