import type { OriginRule } from './cors.js';

/** Variant `cors-reflecting`: it works from everywhere, and whoever asks is told that it is they who are meant. */
export const everyOrigin: OriginRule = () => true;
