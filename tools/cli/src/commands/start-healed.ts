/** What an experiment whose runner has died has left in force; nothing of one that still runs. */
export interface LeftInForce {
  readonly isThere: boolean;
  /** @returns what was undone; what could not be stays written down. @throws Error naming it */
  undo(): Promise<readonly string[]>;
}

/**
 * Starts a shop, and heals what an experiment has left broken: most of it can be undone only where the shop runs, and some shops
 * do not come to run before it is. @throws what `start` fails with, after that too
 */
export async function startHealed<T>(
  { isThere, undo }: LeftInForce,
  start: () => Promise<T>,
  say: (line: string) => void,
): Promise<T> {
  if (!isThere) return start();
  const heal = async (): Promise<void> => {
    for (const what of await undo()) say(`  ✔ undone, after an experiment that had died: ${what}`);
  };
  const started = await start().catch(async () => {
    await heal().catch(() => undefined);
    return start();
  });
  await heal().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    say(`  ✖ an experiment that has died has left something in force: ${why}; ./souk chaos halt tries again`);
  });
  return started;
}
