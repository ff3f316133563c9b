import { createHash } from 'node:crypto';

/**
 * Who a customer is, as 53 bits of SHA-256: views need to tell customers apart, not to know them, and a number is what the index packs.
 * Nobody can choose a name that collides with another's.
 */
export const customerKey = (userId: string): number =>
  Number(createHash('sha256').update(userId).digest().readBigUInt64BE() >> 11n);

/** The last 52 bits of a UUID, which are random in those of the shop (version 7). */
export const orderKey = (orderId: string): number => Number.parseInt(orderId.slice(22, 23) + orderId.slice(24), 16);
