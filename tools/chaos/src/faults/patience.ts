/**
 * Does work with a signal that ends with `until`, or after so long. Made by hand: a signal of AbortSignal.any is held by nothing
 * but its listeners, may be collected, and who waits for it then waits for ever.
 */
export async function withPatience<T>(
  ms: number,
  until: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const end = (): void => over.abort();
  const timer = setTimeout(end, ms);
  until.addEventListener('abort', end, { once: true });
  if (until.aborted) end();
  try {
    return await work(over.signal);
  } finally {
    clearTimeout(timer);
    until.removeEventListener('abort', end);
  }
}
