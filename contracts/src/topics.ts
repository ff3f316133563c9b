import { activityEvents } from './activity/events.js';
import { catalogEvents } from './catalog/events.js';
import { inventoryCommands, reservationEvents, stockEvents } from './inventory/events.js';
import { orderEvents } from './order/events.js';
import type { ZodType } from 'zod';

const DAY = 24 * 60 * 60 * 1000;

/** A Kafka topic as code: created by `souk up` and the charts, checked by every service at start. */
export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
  /** Message type (ce_type) → schema of the data. */
  readonly messages: Readonly<Record<string, ZodType>>;
}

const topic = <M extends Record<string, ZodType>>(name: string, messages: M, config: Record<string, string>) =>
  ({ name, partitions: 12, config, messages }) as const satisfies Topic;

const events = { 'cleanup.policy': 'delete', 'retention.ms': String(7 * DAY) };
const commands = { 'cleanup.policy': 'delete', 'retention.ms': String(DAY) };

export const topics = {
  catalogProducts: topic('catalog.products.v1', catalogEvents, { 'cleanup.policy': 'compact' }),
  inventoryCommands: topic('inventory.commands.v1', inventoryCommands, commands),
  inventoryReservations: topic('inventory.reservations.v1', reservationEvents, events),
  inventoryStock: topic('inventory.stock.v1', stockEvents, events),
  orderEvents: topic('order.events.v1', orderEvents, events),
  activity: topic('activity.v1', activityEvents, events),
  orderDeadLetters: topic('order.dlq.v1', {}, events),
  inventoryDeadLetters: topic('inventory.dlq.v1', {}, events),
  orderQueryDeadLetters: topic('order-query.dlq.v1', {}, events),
  recommendationDeadLetters: topic('recommendation.dlq.v1', {}, events),
} as const;

/** Message type → data, of one topic. */
export type MessagesOf<T extends Topic> = {
  [K in keyof T['messages']]: T['messages'][K] extends ZodType<infer D> ? D : never;
};
