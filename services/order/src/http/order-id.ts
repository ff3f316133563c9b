import { z } from 'zod';

/** An order id in a path, as everything behind it compares it: UUIDs may be written in upper case too (RFC 9562). */
export const orderId = z.string().toLowerCase();
