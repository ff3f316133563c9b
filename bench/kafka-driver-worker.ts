/**
 * One Kafka driver in a process of its own, so that memory and CPU are those of one client. argv: driver, brokers, topic.
 * A message `{task, …}` starts a measurement, the answer is its result.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openKafka, type KafkaConsumer, type KafkaRecord, type ProducerRecord } from '@souk/kafka';
import { createLogger } from '@souk/observability';
import { openLoad } from './open-load.ts';
import { percentile } from './percentile.ts';

export type Task =
  | { readonly task: 'idle' }
  | { readonly task: 'throughput'; readonly messages: number }
  | { readonly task: 'latency' | 'rebalance'; readonly rate: number; readonly seconds: number };
export type Result = Readonly<Record<string, number>>;

const BATCH = 500;
const VALUE_BYTES = 300;
const PATIENCE_MS = 60_000;

const [, , name = '', brokers = '', topic = ''] = process.argv;
const driver = await openKafka(name === 'platformatic' ? 'platformatic' : 'kafkajs', {
  brokers: brokers.split(','),
  clientId: 'bench',
  logger: createLogger({ name: 'bench', level: 'fatal' }),
});
const producer = driver.producer();

async function consume(groupId: string, onRecord: (record: KafkaRecord) => void): Promise<KafkaConsumer> {
  const onBatch = async (records: readonly KafkaRecord[]) => records.forEach(onRecord);
  const consumer = driver.consumer({ groupId, topics: [topic], onBatch });
  await consumer.start();
  await until(() => consumer.isLive());
  return consumer;
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !holds(); await sleep(5)) {
    if (performance.now() > end) throw new Error(`${name} did not get there in ${PATIENCE_MS} ms`);
  }
}

async function cpuOf<T>(act: () => Promise<T>): Promise<{ ms: number; cpuMs: number; value: T }> {
  const [before, began] = [process.cpuUsage(), performance.now()];
  const value = await act();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - began, cpuMs: (user + system) / 1_000, value };
}

async function throughput(messages: number): Promise<Result> {
  const run = randomUUID();
  const text = `${run}${'x'.repeat(VALUE_BYTES - run.length)}`;
  const batch = (from: number): ProducerRecord[] =>
    Array.from({ length: Math.min(BATCH, messages - from) }, (_, i) => ({
      topic,
      key: `key-${(from + i) % 997}`,
      headers: { ce_id: String(from + i), ce_type: 'bench.v1' },
      value: text,
    }));
  const produced = await cpuOf(async () => {
    for (let from = 0; from < messages; from += BATCH) await producer.send(batch(from));
  });
  let seen = 0;
  const consumed = await cpuOf(async () => {
    const consumer = await consume(`bench-${run}`, ({ value }) => {
      if (value?.subarray(0, run.length).toString() === run) seen += 1;
    });
    await until(() => seen >= messages);
    return consumer;
  });
  await consumed.value.stop();
  return {
    produced: (messages * 1_000) / produced.ms,
    produceCpu: (produced.cpuMs * 1_000) / messages,
    consumed: (messages * 1_000) / consumed.ms,
    consumeCpu: (consumed.cpuMs * 1_000) / messages,
  };
}

/** Messages at a fixed rate, each with the time it was handed to the producer; the delays until a consumer got them. */
async function delays(
  rate: number,
  seconds: number,
  during: (group: string, take: (r: KafkaRecord) => void) => Promise<void>,
) {
  const run = randomUUID();
  const group = `bench-${run}`;
  const seen: number[] = [];
  const take = ({ headers, value }: KafkaRecord): void => {
    if (headers['run'] === run) seen.push(performance.now() - Number(value));
  };
  const consumer = await consume(group, take);
  const { cpuMs } = await cpuOf(async () => {
    const meanwhile = during(group, take);
    await openLoad(rate, seconds, (index) =>
      producer.send([{ topic, key: `key-${index % 97}`, headers: { run }, value: String(performance.now()) }]),
    );
    await meanwhile;
    await until(() => seen.length >= rate * seconds);
  });
  await consumer.stop();
  return { seen, cpuMs };
}

async function latency(rate: number, seconds: number): Promise<Result> {
  const { seen, cpuMs } = await delays(rate, seconds, async () => undefined);
  return { p50: percentile(seen, 50), p99: percentile(seen, 99), cpu: (cpuMs * 1_000) / seen.length };
}

/** A second member comes after a third of the time and goes after two: the longest that a message waited. */
async function rebalance(rate: number, seconds: number): Promise<Result> {
  const { seen } = await delays(rate, seconds, async (group, take) => {
    await sleep((seconds * 1_000) / 3);
    const second = await consume(group, take);
    await sleep((seconds * 1_000) / 3);
    await second.stop();
  });
  return { longest: Math.max(...seen) };
}

/** A producer and a member of a group that nothing happens to. */
async function idle(): Promise<Result> {
  await producer.send([{ topic, key: 'k', headers: {}, value: '' }]);
  await consume(`bench-${randomUUID()}`, () => undefined);
  const { cpuMs } = await cpuOf(() => sleep(10_000));
  return { cpu: cpuMs / 10 };
}

process.on('message', (task: Task) => {
  const running =
    task.task === 'idle'
      ? idle()
      : task.task === 'throughput'
        ? throughput(task.messages)
        : task.task === 'latency'
          ? latency(task.rate, task.seconds)
          : rebalance(task.rate, task.seconds);
  running.then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.({});
