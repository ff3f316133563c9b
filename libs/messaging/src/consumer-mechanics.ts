import type pg from 'pg';
import { UndecodableRecord } from '@souk/outbox';
import { type Inbox, PgInbox } from './inbox.js';
import { type ParkingLot, PgParkingLot } from './parking.js';

/** Pause in ms before the next attempt; undefined when there is no next one. @param attempt the one that failed, from 1 */
export type RetryPolicy = (error: unknown, attempt: number) => number | undefined;

/** What a consumer's promises rest on, each part in the place of a weaker one (consumer-mechanics.naive.ts). */
export interface ConsumerMechanics {
  readonly inbox: Inbox;
  readonly parking: ParkingLot;
  readonly retry: RetryPolicy;
  /** When a batch counts as handled, which is when its offsets may be committed. */
  readonly acknowledge: (effects: Promise<void>) => Promise<void>;
}

/** Chooses other parts. */
export type Weakening = (pool: pg.Pool) => Partial<ConsumerMechanics>;

const BACKOFF_MS = [50, 100, 200, 400];

/** Growing pauses between five attempts; what cannot be read is not tried again. */
export function growingPauses(backoffMs: readonly number[] = BACKOFF_MS): RetryPolicy {
  return (error, attempt) => (error instanceof UndecodableRecord ? undefined : backoffMs[attempt - 1]);
}

export function soundMechanics(backoffMs?: readonly number[]): ConsumerMechanics {
  return {
    inbox: new PgInbox(),
    parking: new PgParkingLot(),
    retry: growingPauses(backoffMs),
    acknowledge: (effects) => effects,
  };
}
