import { z } from 'zod';
import { text, timestamp, uuid } from '../common.js';
import { orderStatus } from './events.js';

/**
 * `parked`: needs a person. `running`: waits for answers, in time. `abandoned`: a person has given it up, nothing is tried any
 * more. `finished`: nothing is owed.
 */
export const sagaState = z.enum(['parked', 'running', 'abandoned', 'finished']);
export type SagaStateName = z.infer<typeof sagaState>;

/** GET /admin/sagas: the oldest first, of finished ones the newest. */
export const listSagasQuery = z.strictObject({
  state: sagaState.default('parked'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListSagasQuery = z.infer<typeof listSagasQuery>;

/** One order's way through its steps, in short. */
export const sagaSummary = z.object({
  orderId: uuid,
  saga: z.string(),
  state: sagaState,
  /** Of the saga itself: forward, compensating, succeeded or failed; a refund is owed after its end. */
  phase: z.string(),
  orderStatus,
  /** The step, or the call, that is waited for; absent when there is none. */
  waitsFor: z.string().optional(),
  /** How often that was tried in vain. */
  attempts: z.int().min(0),
  /** Why it needs a person, or what failed last, and since when. */
  cause: z.string().optional(),
  since: timestamp.optional(),
  /** When something is tried again by itself; absent when nothing will be. */
  nextAt: timestamp.optional(),
});
export type SagaSummary = z.infer<typeof sagaSummary>;

export const sagaList = z.object({ items: z.array(sagaSummary), total: z.int().min(0) });
export type SagaList = z.infer<typeof sagaList>;

export const sagaStep = z.object({
  name: z.string(),
  /** The point of no return. */
  pivot: z.boolean(),
  state: z.enum(['not-started', 'asked', 'done', 'refused', 'undoing', 'undone']),
  attempts: z.int().min(0),
  startedAt: timestamp.optional(),
  dueAt: timestamp.optional(),
  reason: z.string().optional(),
  /** Where each part stands, and its undo. */
  parts: z.array(z.object({ name: z.string(), forward: z.string(), undo: z.string().optional() })),
});

/** A call to the outside world that is owed. */
export const sagaCall = z.object({
  operation: z.string(),
  /** `pending`: its time will come. `processing`: an agent is at it. `error`: refused for good, or given up. */
  state: z.enum(['pending', 'processing', 'error']),
  owner: z.string().optional(),
  attempts: z.int().min(0),
  completeBy: timestamp.optional(),
  lastError: z.string().optional(),
});

/** GET /admin/sagas/:orderId */
export const sagaDetails = sagaSummary.extend({
  steps: z.array(sagaStep),
  call: sagaCall.optional(),
  /** What a person has to do by hand if it is abandoned now, or has been. */
  byHand: z.array(z.string()),
  interventions: z.array(
    z.object({
      at: timestamp,
      actor: z.string(),
      action: z.enum(['retry', 'abandon']),
      reason: z.string().optional(),
      outcome: z.string(),
    }),
  ),
  /** Mermaid: the steps, with the one that is waited for. */
  diagram: z.string(),
});
export type SagaDetails = z.infer<typeof sagaDetails>;

/** POST /admin/sagas/:orderId/abandon */
export const abandonSaga = z.strictObject({ reason: text(500) });
export type AbandonSaga = z.infer<typeof abandonSaga>;

/**
 * `resubmitted`: tried again from now on, with no failures behind it. `compensating`: what was done is being undone. `abandoned`:
 * nothing is tried any more. `unchanged`: there was nothing to do, e.g. somebody else was faster.
 */
export const sagaIntervention = z.object({
  outcome: z.enum(['resubmitted', 'compensating', 'abandoned', 'unchanged']),
  saga: sagaDetails,
});
export type SagaIntervention = z.infer<typeof sagaIntervention>;
