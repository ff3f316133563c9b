import { laneOf, type Refusal } from '@souk/outbox';
import type * as mongo from 'mongodb';
import type { DocumentWithEvents, PendingEvent } from './mongo-outbox-relay.js';

/** Why the events of a document wait: the broker refused the first of them for good. */
export interface ParkedEvent {
  /** Message id. */
  readonly id: string;
  readonly cause: string;
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** When the relay tries again by itself. */
  readonly nextAt: Date;
}

/** A document whose events wait. */
export interface ParkedDocument {
  readonly documentId: string;
  readonly parked: ParkedEvent;
  readonly pending: readonly PendingEvent[];
}

const LONGEST_PAUSE_MS = 600_000;

/** Where parked documents of a lane stand: out of the way of the others, found by the same index. */
export const parkedLane = (lane: number): number => -2 - lane;

/** What a document becomes when the broker refuses one of its events, for the first time or again. */
export function parkedBy(
  { row, cause }: Refusal<PendingEvent>,
  before: ParkedEvent | undefined,
  now: number,
): ParkedEvent {
  const again = before?.id === row.id ? before : undefined;
  const attempts = (again?.attempts ?? 0) + 1;
  const pauseMs = Math.min(1_000 * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
  const lastAt = new Date(now);
  return { id: row.id, cause, attempts, firstAt: again?.firstAt ?? lastAt, lastAt, nextAt: new Date(now + pauseMs) };
}

type Documents = mongo.Collection<DocumentWithEvents>;

/** Documents whose events wait, the one parked longest first. */
export async function listParkedDocuments(collection: Documents, limit = 100): Promise<ParkedDocument[]> {
  const found = await collection
    .find({ pendingLane: { $lt: -1 } }, { projection: { parked: 1, pending: 1 } })
    .sort({ 'parked.firstAt': 1 })
    .limit(limit)
    .toArray();
  return found.flatMap(({ _id, parked, pending }) =>
    parked === undefined ? [] : [{ documentId: _id, parked, pending }],
  );
}

/** Has the relay try the refused event at its next round. False when nothing of the document is parked. */
export async function retryParkedDocument(collection: Documents, documentId: string): Promise<boolean> {
  const { matchedCount } = await collection.updateOne(
    { _id: documentId, pendingLane: { $lt: -1 } },
    { $set: { pendingLane: laneOf(documentId), 'parked.nextAt': new Date(0) } },
  );
  return matchedCount === 1;
}

/** Drops the refused event for good and lets those behind it go on. False when it is not parked any more. */
export async function discardParkedEvent(collection: Documents, documentId: string, eventId: string): Promise<boolean> {
  const { matchedCount } = await collection.updateOne(
    { _id: documentId, 'parked.id': eventId },
    {
      $set: { pendingLane: laneOf(documentId) },
      $pull: { pending: { id: eventId } },
      $unset: { parked: '' },
    },
  );
  return matchedCount === 1;
}
