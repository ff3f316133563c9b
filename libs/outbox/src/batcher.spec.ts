import { describe, expect, it } from '@jest/globals';
import { currentContext, newTraceparent, runInContext } from '@souk/observability';
import { batcher } from './batcher.js';

describe('batcher (group commit)', () => {
  it('shares one flush among items that arrive in the same turn', async () => {
    const flushes: number[][] = [];
    const submit = batcher(async (items: number[]) => {
      flushes.push(items);
      return items.map((item) => item * 10);
    });
    await expect(Promise.all([submit(1), submit(2), submit(3)])).resolves.toEqual([10, 20, 30]);
    expect(flushes).toEqual([[1, 2, 3]]);
  });

  it('collects items while as many flushes as allowed are under way', async () => {
    const flushes: number[][] = [];
    const releases: (() => void)[] = [];
    const submit = batcher(
      async (items: number[]) => {
        flushes.push(items);
        await new Promise<void>((resolve) => releases.push(resolve));
        return items;
      },
      { inFlight: 1, max: 2 },
    );
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const done = [submit(1)];
    await turn();
    done.push(submit(2), submit(3), submit(4));
    await turn();
    expect(flushes).toEqual([[1]]);
    releases[0]?.();
    await turn();
    expect(flushes).toEqual([[1], [2, 3]]);
    releases[1]?.();
    await turn();
    releases[2]?.();
    await expect(Promise.all(done)).resolves.toEqual([1, 2, 3, 4]);
  });

  it('lets a bad item fail alone', async () => {
    const submit = batcher(async (items: number[]) => {
      if (items.includes(13)) throw new Error('unlucky');
      return items;
    });
    const results = await Promise.allSettled([submit(1), submit(13), submit(2)]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('does not repeat items one by one when the store is out of reach', async () => {
    let flushes = 0;
    const submit = batcher(async (): Promise<number[]> => {
      flushes++;
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    });
    const results = await Promise.allSettled([submit(1), submit(2), submit(3)]);
    expect(results.every((result) => result.status === 'rejected')).toBe(true);
    expect(flushes).toBe(1);
  });

  it('refuses a flush that answers for another number of items', async () => {
    const submit = batcher(async () => [] as number[]);
    await expect(submit(1)).rejects.toThrow('0 results for 1 items');
  });

  it('flushes in the context of the first of those who share it, not of whoever came long ago', async () => {
    const contexts: (string | undefined)[] = [];
    const submit = batcher(
      async (items: number[]) => {
        contexts.push(currentContext()?.correlationId);
        return items;
      },
      { inFlight: 1, max: 1 },
    );
    const as = (correlationId: string) => ({ traceparent: newTraceparent(), traceId: 't', correlationId });
    await Promise.all([
      runInContext(as('first'), () => submit(1)),
      runInContext(as('second'), () => submit(2)),
      submit(3),
    ]);
    expect(contexts).toEqual(['first', 'second', undefined]);
  });
});
