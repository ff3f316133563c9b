import type { KeyFile } from './key-file.js';
import type { Begin } from './rotation-steps.js';

/** Variant `identity-key-swap`: one key for another, at once. Whoever holds a token of the old key is refused. */
export function swapped(_file: KeyFile, { next }: Begin): KeyFile {
  return { keys: [next] };
}
