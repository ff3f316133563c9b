export const DUPLICATE_KEY = 11_000;

/** Whether a write was refused because another document has the key already. */
export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY;
