import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { openKafkaJs } from './kafkajs-client.js';
import { KafkaJsDriver } from './kafkajs-driver.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('a broker that takes connections and does not answer', () => {
  let broker: Server;
  let open: Set<Socket>;
  let accepted: number;
  let options: { brokers: string[]; clientId: string; logger: typeof quiet };

  beforeEach(async () => {
    [open, accepted] = [new Set(), 0];
    broker = createServer((socket) => {
      accepted += 1;
      open.add(socket.on('error', () => undefined));
      socket.resume().on('close', () => open.delete(socket));
    }).listen(0, '127.0.0.1');
    await once(broker, 'listening');
    options = { brokers: [`127.0.0.1:${(broker.address() as AddressInfo).port}`], clientId: 'mute', logger: quiet };
  });
  afterEach(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => broker.close(resolve));
  });

  const connected = (count: number) => waitFor(() => open.size === count, { what: `${count} connections` });

  it('is left by a producer that is closed while it connects: no connection stays, and none is opened', async () => {
    const producer = new KafkaJsDriver(options).producer();
    const sending = producer.send([{ topic: 't', key: 'k', headers: {}, value: '{}' }]);
    const refused = expect(sending).rejects.toThrow();
    await connected(1);
    const began = performance.now();
    await producer.close();
    await refused;
    // A request gives up after 10 s by itself.
    expect(performance.now() - began).toBeLessThan(5_000);
    await connected(0);
    await expect(producer.send([{ topic: 't', key: 'k', headers: {}, value: '{}' }])).rejects.toThrow();
    expect(accepted).toBe(1);
  });

  it('is left by a consumer that is stopped while it connects', async () => {
    const consumer = new KafkaJsDriver(options).consumer({
      groupId: 'g',
      topics: ['t'],
      onBatch: async () => undefined,
    });
    await consumer.start();
    await connected(1);
    await consumer.stop();
    await connected(0);
    expect(accepted).toBe(1);
  });

  it('is left by everything of a client at its end, whatever that has lost sight of', async () => {
    const client = openKafkaJs(options, { retries: 1_000, initialRetryTime: 10, maxRetryTime: 10 });
    const parts = [client.kafka.admin(), client.kafka.producer(), client.kafka.consumer({ groupId: 'g' })];
    // Nobody will ever say disconnect.
    const failures = Promise.allSettled(parts.map((part) => part.connect()));
    await connected(3);
    client.end();
    expect((await failures).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    await connected(0);
    for (const part of parts) await expect(part.connect()).rejects.toThrow();
    expect(accepted).toBe(3);
  });

  it('is not looked for any more after the end, however many tries are left', async () => {
    const nowhere = { ...options, brokers: ['127.0.0.1:1'] };
    const client = openKafkaJs(nowhere, { retries: 1_000, initialRetryTime: 10, maxRetryTime: 10 });
    const failure = expect(client.kafka.admin().connect()).rejects.toThrow('brokers array is empty');
    client.end();
    await failure;
  });
});
