import { type MessagesOf, topics } from '@souk/contracts';
import { causedBy, type Delivery, messageId, type OutgoingMessage } from '@souk/outbox';
import type { Answer } from '../domain/settle.js';
import type { Line, StockLevel } from '../domain/stock.js';

/** CloudEvents source of everything this service publishes. */
export const SOURCE = '/souk/inventory';

type ReservationEvents = MessagesOf<typeof topics.inventoryReservations>;
type StockEvents = MessagesOf<typeof topics.inventoryStock>;
type ReservationEvent = {
  [T in keyof ReservationEvents]: { type: T; data: ReservationEvents[T] };
}[keyof ReservationEvents];

/**
 * An answer as its contract event. The id names the fact (order, lines, outcome) and what asked for it. A command that is delivered again
 * keeps its id, so has its answer; one that is sent again has another, because whoever asks again has not heard: an id that he knows,
 * from an answer that became a dead letter and was discarded, would be passed over for ever.
 */
export function reservationMessage(answer: Answer, now: Date, command?: Delivery): OutgoingMessage {
  const { type, data } = translate(answer);
  const lines = answer.lines.map((line) => line.sku).sort();
  const reason = 'reason' in answer.outcome ? [answer.outcome.reason] : [];
  const asked = command === undefined ? [] : [command.id];
  return {
    topic: topics.inventoryReservations,
    key: answer.orderId,
    type,
    data,
    id: messageId(`inventory/reservation/${answer.orderId}`, [...lines, ...reason, ...asked].join(','), type),
    time: now,
    ...(command ? causedBy(command) : {}),
  };
}

function translate({ orderId, lines: covered, outcome, short }: Answer): ReservationEvent {
  const lines = [...covered];
  switch (outcome.type) {
    case 'reserved':
      return { type: 'stock.reserved.v1', data: { orderId, lines, expiresAt: outcome.expiresAt.toISOString() } };
    case 'rejected':
      return {
        type: 'stock.reservation-rejected.v1',
        data: { orderId, lines, reason: outcome.reason, short: [...short] },
      };
    case 'committed':
      return { type: 'stock.reservation-committed.v1', data: { orderId, lines } };
    case 'commit-refused':
      return { type: 'stock.commit-refused.v1', data: { orderId, lines, reason: outcome.reason } };
    case 'released':
      return { type: 'stock.reservation-released.v1', data: { orderId, lines } };
    case 'expired':
      return { type: 'stock.reservation-expired.v1', data: { orderId, lines } };
    case 'returned':
      return { type: 'stock.returned.v1', data: { orderId, lines } };
    default:
      return unknownOutcome(outcome);
  }
}

function unknownOutcome(outcome: never): never {
  throw new Error(`no contract event for ${JSON.stringify(outcome)}`);
}

/** At most one event a sku and transaction, and none when only reserved and committed changed. */
export function levelChanged(change: { before: StockLevel; after: StockLevel }, now: Date): OutgoingMessage[] {
  const { sku, available, version } = change.after;
  if (available === change.before.available) return [];
  return [stockMessage('stock.level-changed.v1', { sku, available }, { sku, version, now })];
}

export interface ReceivedLine extends Line {
  readonly available: number;
  readonly version: number;
}

/** Carries the new level itself, so no level-changed goes with it. */
export function stockReceived(receiptId: string, { version, ...line }: ReceivedLine, now: Date): OutgoingMessage {
  const data = { ...line, receiptId };
  return stockMessage('stock.received.v1', data, { sku: line.sku, version, now });
}

function stockMessage<T extends keyof StockEvents>(
  type: T,
  data: StockEvents[T],
  { sku, version, now }: { sku: string; version: number; now: Date },
): OutgoingMessage {
  return {
    topic: topics.inventoryStock,
    key: sku,
    type,
    data,
    id: messageId(`inventory/stock/${sku}`, version, type),
    aggregateVersion: version,
    time: now,
  };
}
