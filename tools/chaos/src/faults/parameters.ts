import { z } from 'zod';

/** A process of the shop, or a replica that another fault has added (`order-2`). */
export const processName = z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'the name of a process, as ./souk status has it');

/** One or several; read as a list without repetitions. */
export const processNames = z
  .union([processName, z.array(processName).min(1).max(30)])
  .transform((names) => [...new Set([names].flat())]);

/** For people: "order", "order and inventory", "one of order, inventory". */
export function saysNames(names: readonly string[], choose?: number): string {
  if (choose !== undefined && choose < names.length) return `${choose === 1 ? 'one' : choose} of ${names.join(', ')}`;
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** For people: "500 ms", "1.5 s". */
export function saysTime(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}

/** So many of them, drawn with this randomness and in the order drawn. */
export function drawn<T>(from: readonly T[], count: number, random: () => number): T[] {
  const left = [...from];
  const taken: T[] = [];
  while (taken.length < count && left.length > 0) taken.push(...left.splice(Math.floor(random() * left.length), 1));
  return taken;
}
