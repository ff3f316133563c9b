import { randomBytes, randomInt } from 'node:crypto';

/** What must be seen nowhere; made up, and in the shapes in which people leave such things behind. */
export interface Secret {
  readonly kind: 'token' | 'card' | 'password' | 'key';
  /** As it is sent. */
  readonly text: string;
  /** What is searched for: it occurs by no chance. */
  readonly mark: string;
}

const unique = (): string => randomBytes(12).toString('hex');
const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');

/** One of each kind, new ones each time. */
export function newSecrets(): Secret[] {
  const [signature, card, password, key] = [unique(), `4${digits(15)}`, unique(), unique()];
  return [
    { kind: 'token', text: `eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.${signature}`, mark: signature },
    { kind: 'card', text: card, mark: card },
    { kind: 'password', text: `hunter2-${password}`, mark: password },
    { kind: 'key', text: `sk_live_${key}`, mark: key },
  ];
}

/** Looks like a line of a log, to those who split it by these characters, and colours the rest of somebody's screen. */
export const forgedLine = (mark: string): string =>
  `x\r\n{"level":30,"msg":"forged-${mark}"}\r\n\u001b[31m\u001b]0;owned\u0007`;
