/** The positions of a batch in steps: reads that stand together share one, every write has its own. */
export function stepsOf(items: readonly { readonly method: string }[]): number[][] {
  const steps: number[][] = [];
  let open = false;
  for (const [index, { method }] of items.entries()) {
    const isRead = method === 'GET';
    if (isRead && open) steps.at(-1)?.push(index);
    else steps.push([index]);
    open = isRead;
  }
  return steps;
}

/** Runs `act` for each item, at most `limit` at a time; it must not reject. */
export async function bounded<T>(items: readonly T[], limit: number, act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
}
