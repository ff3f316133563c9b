import { createHash } from 'node:crypto';
import { type Watched, WatchedFile } from '@souk/config';

export interface SessionKey {
  /** From the key, so that a cookie can name the one it needs. */
  readonly id: string;
  readonly secret: Uint8Array;
}

/** The first encrypts, all decrypt: a key put before the old one takes over without ending a session. */
export type SessionKeys = readonly [SessionKey, ...SessionKey[]];

/** @throws Error naming the file when it holds none at the start */
export function followSessionKeys(file: string): Watched<SessionKeys> {
  return new WatchedFile({ name: 'session-keys', file, parse: (text) => parseSessionKeys(text, file) });
}

/** Keys of 32 bytes in base64url, one a line. @throws Error naming the file; never its content */
export function parseSessionKeys(text: string, file: string): SessionKeys {
  const [first, ...others] = text.split(/\s+/).flatMap((line) => (line === '' ? [] : [keyOf(line)]));
  const all = [first, ...others];
  if (first === undefined || all.some((key) => key?.secret.length !== 32)) {
    throw new Error(`${file} does not hold session keys (32 bytes in base64url, one a line).`);
  }
  return [first, ...others];
}

function keyOf(line: string): SessionKey {
  const secret = /^[\w-]+=?$/.test(line) ? Buffer.from(line, 'base64url') : Buffer.alloc(0);
  return { id: createHash('sha256').update('souk-session-key').update(secret).digest('base64url').slice(0, 8), secret };
}
