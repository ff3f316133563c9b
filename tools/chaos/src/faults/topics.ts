import { z } from 'zod';

/** Topics as code (contracts/src/topics.ts); a wrong name is refused by the broker, which makes none up. */
export const topicName = z.string().regex(/^[a-z][a-z0-9.-]*\.v\d+$/, 'a topic such as order.events.v1');

export const topicNames = z
  .union([topicName, z.array(topicName).min(1).max(10)])
  .transform((names) => [...new Set([names].flat())]);
