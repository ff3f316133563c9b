import type { topics } from '../topics.js';

/** Who puts messages on a topic and who takes them off, and what the key of a message is. */
export interface Flow {
  readonly about: string;
  readonly key: string;
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
}

const deadLetters = (group: string): Flow => ({
  about: `What ${group} could not handle: the original bytes and headers, the cause and the attempts`,
  key: 'as the original',
  senders: [group],
  receivers: [],
});

/** Every topic; people and `souk dlq` read the dead letters, no service does. */
export const flows: Readonly<Record<keyof typeof topics, Flow>> = {
  catalogProducts: {
    about: 'Every event carries the full product, so a new consumer reads the compacted topic from the start',
    key: 'product id',
    senders: ['catalog'],
    receivers: ['order', 'order-query', 'recommendation'],
  },
  inventoryCommands: {
    about: 'What the order saga wants from the stock',
    key: 'order id',
    senders: ['order'],
    receivers: ['inventory'],
  },
  inventoryReservations: {
    about: 'Answers to the commands, each naming the lines it covers, and reservations that expired',
    key: 'order id',
    senders: ['inventory'],
    receivers: ['order'],
  },
  inventoryStock: {
    about: 'Stock levels after a change; several changes may become one message',
    key: 'sku',
    senders: ['inventory'],
    receivers: ['recommendation'],
  },
  orderEvents: {
    about: 'What became of orders; every event carries the full order',
    key: 'order id',
    senders: ['order'],
    receivers: ['inventory', 'order-query', 'recommendation'],
  },
  activity: {
    about: 'What visitors look at; lossy on purpose, dropped before it slows a page down',
    key: 'id of the customer or visitor',
    senders: ['gateway'],
    receivers: ['recommendation'],
  },
  orderDeadLetters: deadLetters('order'),
  inventoryDeadLetters: deadLetters('inventory'),
  orderQueryDeadLetters: deadLetters('order-query'),
  recommendationDeadLetters: deadLetters('recommendation'),
};
