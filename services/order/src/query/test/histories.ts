import type pg from 'pg';
import type { PublicOrder } from '@souk/contracts';
import { decide } from '../../domain/order-decisions.js';
import { evolve, type Order, type OrderCommand, type OrderEvent } from '../../domain/order.js';
import { isPublished, toPublicOrder } from '../../messaging/order-messages.js';
import { toStored } from '../../persistence/stored-event.js';
import { EUR, details, PAYMENT_ID } from '../../test/order.mother.js';

/** Mulberry32: a small generator whose seed can be printed and given again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface History {
  readonly orderId: string;
  readonly events: readonly OrderEvent[];
  /** What order published, oldest first. */
  readonly messages: readonly PublicOrder[];
}

const SKUS = ['TEAPOT', 'CUP', 'KETTLE', 'TRAY'];
const USERS = ['alice', 'bob', 'carol'];

const commands = (at: string): OrderCommand[] => [
  { type: 'record-stock-reserved', at },
  { type: 'record-authorisation', at, paymentId: PAYMENT_ID },
  { type: 'record-stock-committed', at },
  { type: 'confirm', at, paymentId: PAYMENT_ID },
  { type: 'record-stock-returned', at, skus: SKUS },
  { type: 'record-refund', at },
  { type: 'ship', at },
  { type: 'request-return', at },
];
const rare = (at: string): OrderCommand[] => [
  { type: 'abandon', at, reason: 'payment-declined' },
  { type: 'request-cancel', at },
];

/** An order that lived as the lifecycle allows: commands at random, those refused left out. */
export function aHistory(next: () => number, number: number): History {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
  const orderId = `0193${number.toString(16).padStart(4, '0')}-0000-7000-8000-${Math.floor(next() * 2 ** 40)
    .toString(16)
    .padStart(12, '0')}`;
  const start = Date.UTC(2026, 0, 1 + Math.floor(next() * 20), 12, number % 60);
  const lines = SKUS.filter(() => next() < 0.4).map((sku) => ({
    sku,
    name: `A ${sku}`,
    quantity: 1 + Math.floor(next() * 3),
    unitPrice: EUR(500 + Math.floor(next() * 900)),
  }));
  const bought = lines.length > 0 ? lines : details().lines;
  const total = EUR(bought.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0));
  const placed = { ...details({ orderId, userId: pick(USERS), lines: bought, total }), type: 'placed' as const };
  const events: OrderEvent[] = [{ ...placed, at: new Date(start).toISOString() }];
  const messages: PublicOrder[] = [];
  let order: Order | undefined;
  const record = (event: OrderEvent, version: number): void => {
    order = evolve(order, event);
    if (isPublished(event)) messages.push(toPublicOrder(order, version));
  };
  events.forEach((event) => record(event, 1));
  const steps = Math.floor(next() * 14);
  for (let step = 1; step <= steps; step++) {
    const at = new Date(start + step * 1_000).toISOString();
    for (const event of attempt(pick(next() < 0.85 ? commands(at) : rare(at)), order)) {
      events.push(event);
      record(event, events.length);
    }
  }
  return { orderId, events, messages };
}

function attempt(command: OrderCommand, order: Order | undefined): OrderEvent[] {
  try {
    return decide(command, order);
  } catch {
    return [];
  }
}

/** As order writes them, without its saga. */
export async function storeHistories(pool: pg.Pool, histories: readonly History[]): Promise<void> {
  for (const { orderId, events, messages } of histories) {
    await pool.query(
      'insert into orders (order_id, user_id, status, version) values ($1, $2, $3, $4) on conflict do nothing',
      [orderId, messages[0]?.userId, 'placed', events.length],
    );
    const rows = events.map((event, i) => toStored(event, i + 1));
    await pool.query(
      `insert into order_events (order_id, version, type, schema_version, at, data)
       select $1, e.version, e.type, e.schema_version, e.at, e.data
       from json_to_recordset($2::json) as e(version int, type text, schema_version smallint, at timestamptz, data jsonb)
       on conflict do nothing`,
      [orderId, JSON.stringify(rows)],
    );
  }
}

/** A disorderly delivery: shuffled, with about a third of the messages twice. */
export function disorder<T>(next: () => number, messages: readonly T[]): T[] {
  const twice = messages.flatMap((message) => (next() < 0.33 ? [message, message] : [message]));
  return twice
    .map((message) => ({ message, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ message }) => message);
}
