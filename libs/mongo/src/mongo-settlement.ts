import type { SendResult } from '@souk/outbox';
import type * as mongo from 'mongodb';
import { type DocumentWithEvents, NOTHING_PENDING, type PendingEvent } from './mongo-outbox-relay.js';
import { parkedBy, type ParkedEvent, parkedLane } from './mongo-parked.js';

type Operation = mongo.AnyBulkWriteOperation<DocumentWithEvents>;

/** What becomes of a document after a send; `parked` when one of its events was refused. */
export interface Settlement {
  readonly operations: readonly Operation[];
  readonly parked?: ParkedEvent;
}

/**
 * Published events leave their document. When none is left it leaves the lane, in a second step and conditionally: an event
 * that was appended between the two keeps it there.
 */
export function settlementOf(
  { _id, pending, parked }: DocumentWithEvents,
  { sent, refused }: SendResult<PendingEvent>,
  lane: number,
  now: number,
): Settlement {
  const ids = pending.map(({ id }) => id);
  const gone = sent.filter(({ id }) => ids.includes(id)).map(({ id }) => id);
  const pull = { $pull: { pending: { id: { $in: gone } } } };
  const filter = { _id };
  const refusal = refused.find(({ row }) => ids.includes(row.id));
  if (refusal !== undefined) {
    const state = parkedBy(refusal, parked, now);
    const update = { ...pull, $set: { parked: state, pendingLane: parkedLane(lane) } };
    return { operations: [{ updateOne: { filter, update } }], parked: state };
  }
  const isFree = parked !== undefined && (gone.includes(parked.id) || !ids.includes(parked.id));
  const free = { $unset: { parked: '' as const }, $set: { pendingLane: lane } };
  return {
    operations: [
      { updateOne: { filter, update: isFree ? { ...pull, ...free } : pull } },
      { updateOne: { filter: { _id, pending: { $size: 0 } }, update: { $set: { pendingLane: NOTHING_PENDING } } } },
    ],
  };
}

/** Its writer has put a document back into the lane whose events wait; they wait on. */
export const putBack = ({ _id }: DocumentWithEvents, lane: number): Operation => ({
  updateOne: { filter: { _id }, update: { $set: { pendingLane: parkedLane(lane) } } },
});
