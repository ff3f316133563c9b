import { z } from 'zod';
import { timestamp } from './common.js';

/** The deployables that keep dead letters, each beside its own effects. */
export const deadLetterService = z.enum(['order', 'inventory', 'order-query', 'recommendation']);

/**
 * `message`: a received message that could not be handled; later ones of its key wait behind it. `view`: the same where nothing
 * waits, because a later message mends the view. `outbox`: a message that could not be published.
 */
export const deadLetterKind = z.enum(['message', 'view', 'outbox']);

/** What was given up, and what waits for it. */
export const deadLetter = z.object({
  /** `<topic>-<partition>-<offset>` of a received message, `outbox-<number>` of one that could not be sent. */
  id: z.string(),
  service: deadLetterService,
  kind: deadLetterKind,
  topic: z.string(),
  key: z.string(),
  /** Message type and id, where the message has them. */
  type: z.string().nullable(),
  messageId: z.string().nullable(),
  cause: z.string(),
  attempts: z.int().nonnegative(),
  firstAt: timestamp,
  lastAt: timestamp,
  /** Later messages of the key that wait behind it. */
  waiting: z.int().nonnegative(),
});
export type DeadLetter = z.infer<typeof deadLetter>;

export const deadLetterDetails = deadLetter.extend({
  headers: z.record(z.string(), z.string()),
  /** The original bytes: text, or base64 where `encoding` says so. */
  value: z.string(),
  encoding: z.enum(['utf8', 'base64']),
});
export type DeadLetterDetails = z.infer<typeof deadLetterDetails>;

const page = { items: z.array(deadLetter), total: z.int().nonnegative() };

/** What one service answers; the oldest come first. */
export const deadLetterPage = z.object(page);
export type DeadLetterPage = z.infer<typeof deadLetterPage>;

/** All services' answers; `missing` names those that gave none. */
export const deadLetterList = z.object({
  ...page,
  missing: z.array(z.object({ service: deadLetterService, reason: z.enum(['timeout', 'unavailable']) })),
});
export type DeadLetterList = z.infer<typeof deadLetterList>;

export const listDeadLettersQuery = z.strictObject({
  topic: z.string().min(1).max(200).optional(),
  key: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export type ListDeadLettersQuery = z.infer<typeof listDeadLettersQuery>;

export const gatherDeadLettersQuery = listDeadLettersQuery.extend({ service: deadLetterService.optional() });
export type GatherDeadLettersQuery = z.infer<typeof gatherDeadLettersQuery>;

/**
 * `released`: the key is free, everything that waited is applied. `still-dead`: it failed again, nothing has changed but its cause.
 * `blocked`: what waited behind it failed in its turn and is the dead letter now. `sent-again`: what could not be published goes
 * to the broker once more; whether that takes it is seen in the list.
 */
export const deadLetterOutcome = z.enum(['released', 'still-dead', 'blocked', 'sent-again']);

/** What came of a replay or a discard. */
export const deadLetterResult = z.object({
  id: z.string(),
  service: deadLetterService,
  action: z.enum(['replay', 'discard']),
  outcome: deadLetterOutcome,
  /** Messages whose effect is there now: the dead one, if replayed, and those behind it. */
  applied: z.int().nonnegative(),
  /** Messages that still wait. */
  waiting: z.int().nonnegative(),
  /** Of the dead letter that stands in the way now. */
  blockedBy: z.object({ id: z.string(), cause: z.string() }).nullable(),
});
export type DeadLetterResult = z.infer<typeof deadLetterResult>;
