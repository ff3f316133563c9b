import { describe, expect, it } from '@jest/globals';
import { inTurns, type Pace, ratioOf } from './in-turns.ts';

const paces = (...perSecond: number[]): Pace[] =>
  perSecond.map((each) => ({ perSecond: each, cpuUs: 1, p50: 1, p99: 1 }));

describe('ways of doing the same work', () => {
  it('are compared round by round, so that a slow round of both changes nothing', () => {
    expect(ratioOf(paces(300, 30, 300), paces(100, 10, 100))).toBe(3);
  });

  it('take turns, after one turn each that does not count', async () => {
    const order: string[] = [];
    const way = (name: string) => ({
      name,
      callers: 1,
      call: async () => {
        if (order.at(-1) !== name) order.push(name);
        await new Promise((resolve) => setTimeout(resolve, 2));
      },
    });
    const measured = await inTurns([way('a'), way('b')], { rounds: 2, seconds: 0.02, serverCpuMs: () => 0 });
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect([...measured].map(([name, rounds]) => [name, rounds.length])).toEqual([
      ['a', 2],
      ['b', 2],
    ]);
  });

  it('count the operations that a call says it did', async () => {
    const call = async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return 100;
    };
    const turns = { rounds: 1, seconds: 0.05, serverCpuMs: () => 0 };
    const measured = await inTurns([{ name: 'batch', callers: 2, call }], turns);
    const [pace] = measured.get('batch') ?? [];
    expect((pace?.perSecond ?? 0) * (pace?.p50 ?? 0)).toBeGreaterThan(50 * 1_000);
  });

  it('count the operations of all callers, however many call at once', async () => {
    const call = () => new Promise<void>((resolve) => setTimeout(resolve, 10));
    const turns = { rounds: 1, seconds: 0.05, serverCpuMs: () => 0 };
    const measured = await inTurns([{ name: 'crowd', callers: 8, call }], turns);
    const [pace] = measured.get('crowd') ?? [];
    // Little's law: the rate times what one takes is how many are at it.
    expect((pace?.perSecond ?? 0) * (pace?.p50 ?? 0)).toBeGreaterThan(4 * 1_000);
  });
});
