import { describe, expect, it } from '@jest/globals';
import { decode, encodeHeaders, messageId, only, type OutgoingMessage, UndecodableRecord } from './envelope.js';
import type { KafkaRecord } from '@souk/kafka';
import { encodeOutbox, laneOf } from './outbox.js';

const message: OutgoingMessage = {
  topic: { name: 'order.events.v1' },
  key: 'order-1',
  type: 'order.placed.v1',
  id: messageId('order-1', 1, 'order.placed.v1'),
  time: new Date('2026-11-20T10:00:00Z'),
  aggregateVersion: 1,
  correlationId: 'corr-1',
  data: { total: 4990 },
};

const recordOf = (headers: Record<string, string>, value: string): KafkaRecord => ({
  topic: 'order.events.v1',
  partition: 3,
  offset: '42',
  key: 'order-1',
  headers,
  value: Buffer.from(value),
});

const schemas = {
  'order.placed.v1': {
    parse: (data: unknown) => {
      if (typeof data !== 'object' || data === null || !('total' in data)) throw new Error('total is missing');
      return data;
    },
  },
};

describe('envelope (CloudEvents 1.0, Kafka binary mode)', () => {
  it('writes one ce_ header an attribute and leaves out what is unknown', () => {
    expect(encodeHeaders('/souk/order', message)).toEqual({
      ce_specversion: '1.0',
      ce_id: message.id,
      ce_type: 'order.placed.v1',
      ce_source: '/souk/order',
      ce_subject: 'order-1',
      ce_time: '2026-11-20T10:00:00.000Z',
      ce_aggregateversion: '1',
      ce_correlationid: 'corr-1',
      'content-type': 'application/json',
    });
  });

  it('reads back what it wrote', () => {
    const delivery = decode(recordOf(encodeHeaders('/souk/order', message), JSON.stringify(message.data)), schemas);
    expect(delivery).toMatchObject({
      id: message.id,
      type: message.type,
      key: 'order-1',
      offset: '42',
      aggregateVersion: 1,
      data: { total: 4990 },
    });
  });

  it('gives the same fact the same id and another fact another', () => {
    expect(messageId('order-1', 1, 'order.placed.v1')).toBe(message.id);
    expect(messageId('order-1', 2, 'order.placed.v1')).not.toBe(message.id);
    expect(messageId('order-2', 1, 'order.placed.v1')).not.toBe(message.id);
  });

  it('skips a type without a schema', () => {
    const headers = encodeHeaders('/souk/order', { ...message, type: 'order.archived.v1' });
    expect(decode(recordOf(headers, '{}'), schemas)).toBeUndefined();
  });

  it('does not read a type of the topic that does not concern the consumer, broken or not', () => {
    const topic = {
      name: 'order.events.v1',
      partitions: 12,
      messages: { ...schemas, 'order.shipped.v1': schemas['order.placed.v1'] },
    };
    const { name, partitions, messages } = only(topic, 'order.shipped.v1');
    expect([name, partitions, Object.keys(messages)]).toEqual(['order.events.v1', 12, ['order.shipped.v1']]);
    expect(decode(recordOf(encodeHeaders('/s', message), 'no json'), messages)).toBeUndefined();
    const shipped = encodeHeaders('/s', { ...message, type: 'order.shipped.v1' });
    expect(decode(recordOf(shipped, '{"total":1}'), messages)).toMatchObject({ type: 'order.shipped.v1' });
    expect(() => decode(recordOf({}, '{"total":1}'), messages)).toThrow(UndecodableRecord);
  });

  it.each([
    ['no envelope', {}, '{}'],
    ['no id', { ce_type: 'order.placed.v1' }, '{"total":1}'],
    ['no JSON', encodeHeaders('/s', message), '\x00\x01'],
    ['data its schema refuses', encodeHeaders('/s', message), '{}'],
  ])('calls a record with %s undecodable', (_what, headers, value) => {
    expect(() => decode(recordOf(headers, value), schemas)).toThrow(UndecodableRecord);
  });
});

describe('outbox rows', () => {
  it('hold the final bytes and a lane that depends on the key alone', () => {
    const [row] = encodeOutbox('/souk/order', [message]);
    expect(row).toMatchObject({
      topic: 'order.events.v1',
      key: 'order-1',
      value: '{"total":4990}',
      lane: laneOf('order-1'),
    });
  });

  it('spread keys over all lanes', () => {
    const lanes = new Set(Array.from({ length: 100 }, (_, i) => laneOf(`key-${i}`)));
    expect([...lanes].sort()).toEqual([0, 1, 2, 3]);
  });
});
