import { createHash } from 'node:crypto';

/** sha256 (hex) of a JSON value, the same whatever the order of its keys. */
export function canonicalHash(body: unknown): string {
  const text = JSON.stringify(body, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value) ? sortKeys(value) : value,
  );
  return createHash('sha256')
    .update(text ?? 'undefined')
    .digest('hex');
}

const sortKeys = (value: object): object =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
