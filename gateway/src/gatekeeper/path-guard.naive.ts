import type { TargetGuard } from './path-guard.js';

/** Variant `path-decoded-twice`: makes everybody's address readable, once more than its sender meant, and refuses none. */
export const decodeTwice: TargetGuard = (raw) => {
  const [path = '', ...query] = (raw.url ?? '').split('?');
  raw.url = [decoded(decoded(path)), ...query].join('?');
  return undefined;
};

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
