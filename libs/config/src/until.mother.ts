/** Looks until it is so: a change of a file may be seen by the folder's watch or by the poll. @throws Error after 5 s */
export async function until(what: string, done: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!done()) {
    if (Date.now() > end) throw new Error(`not within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
