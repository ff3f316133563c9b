import type { KeyFile, PrivateKey } from './key-file.js';

/** Clocks of those who check tokens may differ from ours. */
const MARGIN_MS = 5_000;

export interface Begin {
  readonly next: PrivateKey;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly overlapMs: number;
  /** The longest that a token signed until then may live. */
  readonly tokenMs: number;
}

/** The new key is published, so that all know it before it signs. */
export function begun({ keys }: KeyFile, { next, now, overlapMs, tokenMs }: Begin): KeyFile {
  const signsAt = now + overlapMs;
  return {
    keys: [...keys, next],
    rotation: { to: next.kid, signsAt: iso(signsAt), retireAt: iso(signsAt + tokenMs + MARGIN_MS) },
  };
}

/**
 * What is due by `now`: the new key signs, or the old ones go. The same object where nothing is, or where somebody else drives. However
 * late the new key begins, the old one stays for `tokenMs`, the longest that what it signed until then may live.
 */
export function advanced(file: KeyFile, now: number, tokenMs: number): KeyFile {
  const { keys, rotation } = file;
  if (rotation?.signsAt === undefined || rotation.retireAt === undefined) return file;
  const next = keys.filter(({ kid }) => kid === rotation.to);
  if (next.length === 0) return { keys };
  const retireAt = Date.parse(rotation.retireAt);
  if (keys[0]?.kid === rotation.to) return now >= retireAt ? { keys: next } : file;
  if (now < Date.parse(rotation.signsAt)) return file;
  return {
    keys: [...next, ...keys.filter(({ kid }) => kid !== rotation.to)],
    rotation: { ...rotation, retireAt: iso(Math.max(retireAt, now + tokenMs + MARGIN_MS)) },
  };
}

/** When to look again, in epoch milliseconds; undefined when no rotation of ours is under way. */
export function nextDue({ keys, rotation }: KeyFile): number | undefined {
  if (rotation?.signsAt === undefined || rotation.retireAt === undefined) return undefined;
  return Date.parse(keys[0]?.kid === rotation.to ? rotation.retireAt : rotation.signsAt);
}

const iso = (at: number): string => new Date(at).toISOString();
