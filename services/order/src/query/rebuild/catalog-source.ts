import { setTimeout as sleep } from 'node:timers/promises';
import { type ProductState, topics } from '@souk/contracts';
import { type KafkaDriver } from '@souk/kafka';
import { decode } from '@souk/outbox';

const POLL_MS = 50;

/**
 * Reads the compacted catalog topic from its start, as a group of its own that nobody continues; resolves when all that was in
 * the log at the beginning has been taken. @throws after `timeoutMs`, when `signal` is aborted, or what `take` throws
 */
export async function readCatalog(
  driver: KafkaDriver,
  { groupId, signal, timeoutMs }: { groupId: string; signal: AbortSignal; timeoutMs: number },
  take: (products: readonly ProductState[]) => Promise<void>,
): Promise<void> {
  const { name, messages } = topics.catalogProducts;
  const underWay = new Set<Promise<void>>();
  const failed: unknown[] = [];
  const consumer = driver.consumer({
    groupId,
    topics: [name],
    onBatch: async (records) => {
      // A record that cannot be read is a dead letter of the projector's already.
      const products = records.flatMap((record) =>
        readable(() => decode(record, messages)?.data as ProductState | undefined),
      );
      const work = take(products);
      underWay.add(work);
      // The client hands the batch over again some time later, when the log may look as if it had been read.
      work.catch((error: unknown) => failed.push(error));
      await work.finally(() => underWay.delete(work));
    },
  });
  const startedAt = Date.now();
  await consumer.start();
  try {
    while (failed.length === 0 && ((consumer.progress().readThrough ?? 0) < startedAt || underWay.size > 0)) {
      signal.throwIfAborted();
      if (Date.now() - startedAt > timeoutMs) throw new Error(`${name} could not be read within ${timeoutMs} ms`);
      await sleep(POLL_MS);
    }
  } finally {
    await consumer.stop();
  }
  if (failed.length > 0) throw failed[0];
}

function readable(read: () => ProductState | undefined): ProductState[] {
  try {
    const product = read();
    return product === undefined ? [] : [product];
  } catch {
    return [];
  }
}
