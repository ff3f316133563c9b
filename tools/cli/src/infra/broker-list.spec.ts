import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { brokerList } from './broker-list.ts';

describe('a list of brokers', () => {
  let server: Server;
  beforeAll(() => new Promise<void>((resolve) => (server = createServer().listen(0, '127.0.0.1', resolve))));
  afterAll(() => void server.close());

  it('is what a client takes', () => expect(brokerList('a:1,b:2')).toEqual({ brokers: ['a:1', 'b:2'] }));

  it('leads to where a broker is reached from here, also when it names itself', async () => {
    const here = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { brokers, socketFactory } = brokerList(`kafka-0.kafka.souk.svc:9092=${here}`);
    expect(brokers).toEqual([here]);
    await new Promise<void>((resolve, reject) => {
      const told = { host: 'kafka-0.kafka.souk.svc', port: 9_092, ssl: {} };
      const socket = socketFactory?.({ ...told, onConnect: () => resolve(void socket?.destroy()) });
      socket?.once('error', reject);
    });
  });
});
