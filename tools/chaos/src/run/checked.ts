/** A reservation may live for a quarter of an hour, longer than any run: nothing that happens in one could make this fail. */
const TOO_SLOW = 'I8';

/** Ids of invariants that are compared after each run (docs/chaos.md); I11 has two halves, sent and taken in. */
export const CHECKED: readonly string[] = Array.from({ length: 16 }, (_, index) => `I${index + 1}`).filter(
  (id) => id !== TOO_SLOW,
);

/** Of products, which are there whether somebody comes or not. */
export const OF_STOCK: readonly string[] = ['I5', 'I6'];

/** Whether an experiment that names these wants the check; without names it wants all. `I11` stands for I11-sent and I11-taken. */
export const isWanted = (id: string, wanted: readonly string[] | undefined): boolean =>
  id !== TOO_SLOW && (wanted === undefined || wanted.some((one) => id === one || id.startsWith(`${one}-`)));
