import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;

/**
 * Repeats `attempt` with a growing delay (0.2–5 s) while it fails and `worthIt(error)`; another error is thrown on.
 * @throws the last error, also when `signal` is aborted
 */
export async function retryUntilUp<T>(
  attempt: () => Promise<T>,
  {
    worthIt,
    onFailure,
    signal,
  }: { worthIt: (error: unknown) => boolean; onFailure: (error: unknown) => void; signal?: AbortSignal },
): Promise<T> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(MAX_DELAY_MS, delayMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      if (signal?.aborted || !worthIt(error)) throw error;
      onFailure(error);
      await sleep(delayMs, undefined, signal && { signal }).catch(() => Promise.reject(error));
    }
  }
}

const NETWORK =
  /^(ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|EAI_AGAIN|ENOTFOUND|UND_ERR_(CONNECT_TIMEOUT|SOCKET|HEADERS_TIMEOUT|BODY_TIMEOUT)|57P0|53300|08)/;

/** Faults that pass by themselves: the other side is not up (yet). A wrong configuration or a bug is not among them. */
export function isNetworkFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isNetworkFault)) return true;
  if ('kind' in error && (error.kind === 'unavailable' || error.kind === 'timeout')) return true;
  if ('code' in error && NETWORK.test(String(error.code))) return true;
  return (
    /^(Mongo(Network|ServerSelection)|MongooseServerSelection|KafkaJS(Connection|NumberOfRetries|NonRetriable|Protocol))/.test(
      error.name,
    ) ||
    /timeout exceeded when trying to connect|connection terminated/i.test(error.message) ||
    isNetworkFault(error.cause)
  );
}
