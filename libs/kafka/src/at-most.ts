/** Resolves with the end of `work`, or after `limitMs`: a broker that is away may answer never. Rejects as `work` does until then. */
export async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs).unref();
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
