import { z } from 'zod';
import { uuid } from '../common.js';

/** POST /api/activity: what a client shows by itself, without asking the gateway for the page. */
export const reportActivity = z.strictObject({ type: z.literal('product-viewed'), productId: uuid });
export type ReportActivity = z.infer<typeof reportActivity>;
