/** Variant `body-unlimited`: nobody sends more than the shop has room for. Bytes. */
export const NO_LIMIT = Number.MAX_SAFE_INTEGER;
