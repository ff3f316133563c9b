import type { Lifetimes } from './lifetimes.js';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

/** Variant `cache-forever`: whoever changes the data will surely tell the cache. */
export const forever: Lifetimes = () => ({ sharedMs: TEN_YEARS_MS, localMs: TEN_YEARS_MS });
