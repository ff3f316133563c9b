import { createHash, timingSafeEqual } from 'node:crypto';
import { type Watched, WatchedFile } from '@souk/config';

export const HEALTH_KEY_HEADER = 'x-health-key';

/** Of a key only its SHA-256 is kept. */
export type HealthKeys = readonly Buffer[];

/** Follows the file with the keys of the deep check, one a line: a new one can be known before the old one goes. No file, no key. */
export const followHealthKeys = (file: string | undefined): Watched<HealthKeys> =>
  new WatchedFile<HealthKeys>({ name: 'health-keys', file, parse: parseHealthKeys, fallback: [] });

/** @throws Error when a key is so short that it can be tried out; never shows it */
export function parseHealthKeys(text: string): HealthKeys {
  const lines = text.split('\n').map((line) => line.trim());
  const keys = lines.filter((line) => line !== '');
  if (keys.some((key) => key.length < 16)) throw new Error('a key has at least 16 characters');
  return keys.map(hashOf);
}

/** Takes the same time whatever is wrong with the key that is given. */
export function isOneOf(keys: HealthKeys, given: string): boolean {
  const hash = hashOf(given);
  return keys.filter((key) => timingSafeEqual(key, hash)).length > 0;
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();
