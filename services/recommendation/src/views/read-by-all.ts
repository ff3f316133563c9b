import type { ReaderState } from '../persistence/documents.js';

/** A replica that has been silent for this long has lost its partitions (the group gives them away after 6 s). */
const GONE_MS = 30_000;

interface Readers {
  readonly own: Date | undefined;
  readonly replica: string;
  readonly readers: Readonly<Record<string, ReaderState>>;
  /** In ms. */
  readonly now: number;
}

/** Up to when all replicas have read, each its partitions; undefined while one of them cannot say. And who is gone. */
export function readByAll({ own, replica, readers, now }: Readers): { asOf: Date | undefined; gone: string[] } {
  const others = Object.entries(readers).filter(([name]) => name !== replica);
  const gone = others.filter(([, { at }]) => now - at.getTime() >= GONE_MS).map(([name]) => name);
  const times = others.flatMap(([name, { asOf }]) => (gone.includes(name) ? [] : [asOf]));
  const all = [own ?? null, ...times];
  const known = all.flatMap((time) => (time === null ? [] : [time.getTime()]));
  return { asOf: known.length === all.length ? new Date(Math.min(...known)) : undefined, gone };
}
