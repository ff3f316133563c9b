import { currentContext, type RequestContext, runInContext } from '@souk/observability';
import { isTransient } from './transaction.js';

interface Waiting<T, R> {
  readonly item: T;
  readonly context: RequestContext | undefined;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export interface BatcherOptions {
  /** Flushes under way at once. */
  readonly inFlight?: number;
  /** Items of one flush. */
  readonly max?: number;
}

/**
 * Group commit for concurrent callers: items wait only while `inFlight` flushes are under way, so an idle system adds no
 * delay and a busy one fills its batches by itself (self-clocking). `flush` returns one result an item, in order.
 * A failed flush of several items is repeated one by one, so that a bad item fails alone; when the store itself is out of
 * reach all of them fail at once instead of queueing for time-outs.
 */
export function batcher<T, R>(
  flush: (items: T[]) => Promise<R[]>,
  { inFlight = 2, max = 256 }: BatcherOptions = {},
): (item: T) => Promise<R> {
  const queue: Waiting<T, R>[] = [];
  let running = 0;
  let scheduled = false;

  const settle = async (batch: Waiting<T, R>[]): Promise<void> => {
    try {
      // Of those who share it the first lends its trace; without this it would be whoever woke an idle batcher, for ever.
      const results = await runInContext(batch[0]?.context, () => flush(batch.map((waiting) => waiting.item)));
      if (results.length !== batch.length)
        throw new Error(`flush gave ${results.length} results for ${batch.length} items`);
      results.forEach((result, i) => batch[i]?.resolve(result));
    } catch (error) {
      if (batch.length === 1 || isTransient(error)) batch.forEach((waiting) => waiting.reject(error));
      else for (const waiting of batch) await settle([waiting]);
    }
  };

  const pump = (): void => {
    scheduled = false;
    while (running < inFlight && queue.length > 0) {
      running++;
      void settle(queue.splice(0, max)).finally(() => {
        running--;
        pump();
      });
    }
  };

  return (item) =>
    new Promise<R>((resolve, reject) => {
      queue.push({ item, context: currentContext(), resolve, reject });
      if (scheduled) return;
      scheduled = true;
      // One turn of the event loop lets requests that arrived together share a flush.
      setImmediate(pump);
    });
}
