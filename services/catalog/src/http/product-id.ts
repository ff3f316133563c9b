import { z } from 'zod';

/** A product id in a path, as it is stored: UUIDs may be written in upper case too (RFC 9562). */
export const productId = z.string().toLowerCase();
