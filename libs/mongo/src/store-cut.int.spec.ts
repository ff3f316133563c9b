import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type KafkaRecord } from '@souk/kafka';
import { growingPauses, RecordHost } from '@souk/messaging';
import { uniqueMongoUrl, waitFor } from '@souk/testing';
import type { Collection } from 'mongodb';
import { fillNewest, keepNewest, type Versioned } from './keep-newest.js';
import { MongoStore } from './mongo-store.js';
import { StoreUnavailable } from './store-unavailable.js';

const quiet = { warn: () => undefined, error: () => undefined };

/** A way to the server that can be cut in the middle of a command, and mended. */
class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #state: 'whole' | 'cut-at-write' | 'cut' = 'whole';
  cuts = 0;

  constructor(hostname: string, port: number) {
    this.#server = createServer((client) => {
      if (this.#state === 'cut') return client.destroy();
      const server = connect(port, hostname);
      for (const socket of [client, server]) {
        this.#sockets.add(socket.on('error', () => undefined));
        socket.on('close', () => [client, server].forEach((end) => end.destroy()));
      }
      client.on('data', (bytes) => {
        if (this.#state === 'cut-at-write' && bytes.includes('things')) this.cut();
        else server.write(bytes);
      });
      server.pipe(client);
      return undefined;
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }
  cutAtWrite(): void {
    this.#state = 'cut-at-write';
  }
  cut(): void {
    this.#state = 'cut';
    this.cuts++;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }
  mend(): void {
    this.#state = 'whole';
  }
  close(): void {
    this.cut();
    this.#server.close();
  }
}

const record = (key: string, offset: number): KafkaRecord => ({
  topic: 'things.v1',
  partition: 0,
  offset: String(offset),
  key,
  headers: {},
  value: null,
});

describe.each([
  ['keepNewest', keepNewest],
  ['fillNewest', fillNewest],
] as const)('a connection cut in the middle of %s', (_name, write) => {
  let wire: Wire;
  let store: MongoStore;
  let things: Collection<Versioned>;

  beforeEach(async () => {
    const url = new URL(uniqueMongoUrl('cut'));
    wire = new Wire(url.hostname, Number(url.port || 27_017));
    url.port = String(await wire.listen());
    url.hostname = '127.0.0.1';
    // A server that names itself would lead the driver around the wire.
    url.searchParams.set('directConnection', 'true');
    store = new MongoStore({ url: url.href, logger: quiet });
    await store.open();
    things = store.db.collection<Versioned>('things');
    await write(things, [{ _id: 'before', version: 1 }]);
  });
  afterEach(async () => {
    wire.mend();
    try {
      await waitFor(() => store.db.dropDatabase(), { what: 'the server again' });
    } finally {
      await store.close();
      wire.close();
    }
  }, 30_000);

  it('is a store that is away', async () => {
    wire.cutAtWrite();
    await expect(write(things, [{ _id: 'a', version: 1 }])).rejects.toThrow(StoreUnavailable);
    expect(wire.cuts).toBe(1);
  });

  it('CQ-10: costs no message, however long the store stays away', async () => {
    const buried: string[] = [];
    let outages = 0;
    const host = new RecordHost(
      {
        apply: (records) =>
          write(
            things,
            records.map(({ key, offset }) => ({ _id: key ?? '', version: Number(offset) })),
          ),
        bury: async ({ key }) => void buried.push(key ?? ''),
        isOutage: (error) => error instanceof StoreUnavailable && ++outages > 0,
      },
      { retry: growingPauses([1, 1, 1, 1]), outageMs: 1, logger: quiet },
    );
    wire.cutAtWrite();
    const handled = host.handle([record('a', 1), record('b', 2)]);
    // More often than a message is tried, of a batch and of its own.
    await waitFor(() => outages > 5 || buried.length > 0, { timeoutMs: 25_000, what: 'attempts in vain' });
    wire.mend();
    await handled;
    expect(buried).toEqual([]);
    const found = await things
      .find({ _id: { $ne: 'before' } })
      .sort({ _id: 1 })
      .toArray();
    expect(found).toEqual([
      { _id: 'a', version: 1 },
      { _id: 'b', version: 2 },
    ]);
  }, 60_000);
});
