import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  currentContext,
  newTraceparent,
  parseTraceparent,
  type RequestContext,
  startTelemetry,
  type Telemetry,
  withSpan,
} from '@souk/observability';
import {
  createTestDatabase,
  createTopic,
  OtlpSink,
  testInfra,
  type TestDatabase,
  type TestTopic,
  waitFor,
} from '@souk/testing';
import { ConsumerHost } from './consumer-host.js';
import {
  causedBy,
  type Delivery,
  encodeOutbox,
  insertOutbox,
  LaneOutboxRelay,
  type OutgoingMessage,
  withTransaction,
} from '@souk/outbox';
import {
  type KafkaConsumer,
  type KafkaDriver,
  type KafkaProducer,
  type KafkaRecord,
  openKafka,
  type ProducerRecord,
} from '@souk/kafka';
import { processed, TracingProducer } from './message-spans.js';
import { TABLES } from './test/tables.js';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('spans of messages, over PostgreSQL and Kafka', () => {
  let [db, topic, sink]: [TestDatabase, TestTopic, OtlpSink] = [] as never;
  let telemetry: Telemetry;
  let driver: KafkaDriver;
  let producer: KafkaProducer;
  let relay: LaneOutboxRelay;
  let consumer: KafkaConsumer | undefined;

  beforeAll(async () => {
    [db, topic] = await Promise.all([createTestDatabase('spans', ...TABLES), createTopic('spans', 1)]);
    const { kafkaBrokers: brokers } = testInfra();
    driver = await openKafka('kafkajs', { brokers, clientId: 'spans', logger, maxWaitMs: 50 });
  });
  afterAll(async () => {
    await topic.drop();
    await db.drop();
  });
  beforeEach(async () => {
    sink = await OtlpSink.start();
    telemetry = await startTelemetry({ tracesPerSecond: Infinity, serviceName: 'tester', endpoint: sink.url, logger });
    producer = new TracingProducer(driver.producer(), { [topic.name]: 'thing.id' });
    relay = new LaneOutboxRelay({ pool: db.pool, producer, logger });
  });
  afterEach(async () => {
    await consumer?.stop();
    await relay.stop();
    await producer.close();
    await telemetry.shutdown();
    await sink.stop();
  });

  let count = 0;
  const message = (key: string, cause: Partial<OutgoingMessage> = {}): OutgoingMessage => {
    count += 1;
    return {
      topic: { name: topic.name },
      key,
      type: 'thing.v1',
      data: {},
      id: `m-${count}`,
      time: new Date(0),
      ...cause,
    };
  };
  const delivery = (key: string, more: Partial<Delivery> = {}): Delivery => ({
    topic: '/t',
    partition: 0,
    offset: '1',
    key,
    id: `f-${key}`,
    type: 'thing.v1',
    source: '/t',
    time: '2026-01-01T00:00:00Z',
    correlationId: `c-${key}`,
    data: {},
    ...more,
  });
  const hostWith = (handle: (deliveries: Delivery[]) => Promise<OutgoingMessage[]>): ConsumerHost =>
    new ConsumerHost({
      groupId: 'tester',
      pool: db.pool,
      deadLetterTopic: 'tester.dlq.v1',
      keyAttributes: { [topic.name]: 'thing.id' },
      afterCommit: () => undefined,
      logger,
      handlers: new Map([
        [
          topic.name,
          {
            schemas: { 'thing.v1': { parse: (data) => data } },
            handle: async (deliveries, tx) => insertOutbox(tx, encodeOutbox('/t', await handle(deliveries))),
          },
        ],
      ]),
    });
  const consume = async (host: ConsumerHost): Promise<void> => {
    const onBatch = (records: readonly KafkaRecord[]) => host.handle(records);
    consumer = driver.consumer({ groupId: `g-${topic.name}-${count}`, topics: [topic.name], onBatch });
    await consumer.start();
  };
  const write = (messages: OutgoingMessage[]): Promise<void> => {
    const rows = encodeOutbox('/t', messages);
    return withTransaction(db.pool, (tx) => insertOutbox(tx, rows));
  };

  it('a request, the message it wrote, its handling and the message that writes are one trace', async () => {
    const keys: string[] = [];
    const host = hostWith(async (deliveries) => {
      keys.push(...deliveries.map(({ key }) => key));
      return deliveries.flatMap((delivery) => (delivery.key === 'a' ? [message('b', causedBy(delivery))] : []));
    });
    await withSpan('request', {}, () => write([message('a')]));
    await relay.start();
    await consume(host);
    await waitFor(async () => keys.includes('b'), { timeoutMs: 20_000, what: 'the reaction to the reaction' });
    const process = `process ${topic.name}`;
    await waitFor(async () => sink.named(process).length === 2, { what: 'its spans' });
    const [first, second] = sink.named(`send ${topic.name}`);
    const [handled, reacted] = sink.named(process);
    const [request] = sink.named('request');
    expect([first, handled, second, reacted].map((span) => span?.parentSpanId)).toEqual(
      [request, first, handled, second].map((span) => span?.spanId),
    );
    expect(new Set([request, first, handled, second, reacted].map((span) => span?.traceId)).size).toBe(1);
    expect(first).toMatchObject({ kind: 4, attributes: { 'thing.id': 'a', 'messaging.destination.name': topic.name } });
    expect(handled).toMatchObject({ kind: 5, links: [], attributes: { 'thing.id': 'a', 'messaging.system': 'kafka' } });
  });

  it('deliveries that share a transaction keep their own traces and are linked to it', async () => {
    const seen: Delivery[] = [];
    const host = hostWith(async (deliveries) => {
      seen.push(...deliveries);
      return [];
    });
    const records = await Promise.all(
      [1, 2, 3].map((offset) =>
        withSpan(`request ${offset}`, {}, ({ traceparent }): KafkaRecord => ({
          topic: topic.name,
          partition: 0,
          offset: String(offset),
          key: `k-${offset}`,
          headers: {
            ce_type: 'thing.v1',
            ce_id: `l-${offset}`,
            ce_source: '/t',
            ce_time: '2026-01-01T00:00:00Z',
            traceparent,
          },
          value: Buffer.from('{}'),
        })),
      ),
    );
    await host.handle(records);
    await telemetry.shutdown();
    const [batch] = sink.named('process batch');
    const spans = sink.named(`process ${topic.name}`);
    expect(batch).toMatchObject({ parentSpanId: '', attributes: { 'messaging.batch.message_count': 3 } });
    expect(spans.map(({ links }) => links)).toEqual([[batch?.spanId], [batch?.spanId], [batch?.spanId]]);
    expect(batch?.links).toEqual(spans.map(({ spanId }) => spanId));
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(3);
    expect(seen.map(({ traceparent }) => traceparent?.split('-')[2])).toEqual(spans.map(({ spanId }) => spanId));
  });

  it('a batch is recorded for the sake of those in it that are, and takes nothing of the rate of new traces', async () => {
    await telemetry.shutdown();
    telemetry = await startTelemetry({ tracesPerSecond: 0, serviceName: 'tester', endpoint: sink.url, logger });
    const seen: [Delivery[], ReturnType<typeof currentContext>][] = [];
    const handled = (...parents: string[]): Promise<void> =>
      processed(
        parents.map((traceparent, n) => delivery(`s-${n}`, { traceparent })),
        {},
        async (deliveries) => {
          seen.push([deliveries, currentContext()]);
        },
      );
    const [sampled, ...not] = [newTraceparent(), newTraceparent(false), newTraceparent(false)];
    await handled(...not);
    await handled(...not.slice(1), sampled);
    await telemetry.shutdown();
    const [span, ...others] = sink.named('process /t');
    const [batch, ...more] = sink.named('process batch');
    expect([others, more, sink.spans.length]).toEqual([[], [], 2]);
    expect(batch).toMatchObject({ attributes: { 'messaging.batch.message_count': 2 }, links: [span?.spanId] });
    expect(span).toMatchObject({ traceId: parseTraceparent(sampled)?.traceId, links: [batch?.spanId] });
    const [[first, alone], [second, together]] = seen as [[Delivery[], RequestContext], [Delivery[], RequestContext]];
    expect(first.map(({ traceparent }) => traceparent)).toEqual(not);
    expect(second.map(({ traceparent }) => traceparent?.split('-')[2])).toEqual([not[1]?.split('-')[2], span?.spanId]);
    expect(alone.span?.isRecording).toBe(false);
    expect(not.map((one) => parseTraceparent(one)?.traceId)).not.toContain(alone.traceId);
    expect(together.traceId).toBe(batch?.traceId);
  });

  it('what is sent for a trace that is not recorded goes out as it came', async () => {
    const sent: ProducerRecord[] = [];
    const open = new TracingProducer(
      { send: async (records) => void sent.push(...records), close: async () => undefined },
      {},
    );
    const record = (headers: Record<string, string>) => ({ topic: 't', key: 'k', value: '{}', headers });
    const [unsampled, sampled] = [newTraceparent(false), newTraceparent()];
    const records = [record({ traceparent: unsampled }), record({ traceparent: sampled }), record({})];
    await open.send(records);
    await telemetry.shutdown();
    const spans = sink.named('send t');
    expect(sent[0]).toBe(records[0]);
    expect(sent.slice(1).map(({ headers }) => headers['traceparent'])).toEqual(
      spans.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
    );
    expect(spans.map(({ traceId }) => traceId)[0]).toBe(parseTraceparent(sampled)?.traceId);
  });

  it('a handling that fails is a failed span of each delivery, under the correlation of the first; the error goes on', async () => {
    const error = new Error('no');
    const seen: (string | undefined)[] = [];
    const failing = (): Promise<void> => {
      seen.push(currentContext()?.correlationId);
      return Promise.reject(error);
    };
    await expect(processed([delivery('a')], {}, failing)).rejects.toBe(error);
    await expect(processed([delivery('b'), delivery('c')], {}, failing)).rejects.toBe(error);
    await telemetry.shutdown();
    expect(seen).toEqual(['c-a', 'c-b']);
    expect(sink.spans.map(({ status }) => status)).toEqual([2, 2, 2, 2]);
  });

  it('what cannot be sent is a failed span; the next try is another one', async () => {
    let failures = 1;
    const flaky = new TracingProducer(
      {
        send: (records) => (failures-- > 0 ? Promise.reject(new Error('no broker')) : producer.send(records)),
        close: async () => undefined,
      },
      {},
    );
    const broken = new LaneOutboxRelay({ pool: db.pool, producer: flaky, logger });
    await write([message('c')]);
    await broken.start();
    await waitFor(async () => sink.named(`send ${topic.name}`).length >= 2, { what: 'both tries' });
    await broken.stop();
    expect(sink.named(`send ${topic.name}`)[0]).toMatchObject({ status: 2, attributes: { 'error.type': 'Error' } });
  });

  it('an idle relay makes no spans', async () => {
    await relay.start();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await telemetry.shutdown();
    expect(sink.spans).toEqual([]);
  });
});
