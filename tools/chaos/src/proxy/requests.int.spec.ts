import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aWhile, Bench, until } from './link.fixture.ts';

const request = (name: string, method = 'POST'): string =>
  `${method} /${name} HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody`;
const frame = (key: number, text: string): Buffer => {
  const head = Buffer.alloc(6);
  head.writeInt32BE(2 + text.length, 0);
  head.writeInt16BE(key, 4);
  return Buffer.concat([head, Buffer.from(text)]);
};
const PRODUCE = 0;
const FETCH = 1;

describe('toxics of requests on a link', () => {
  let bench: Bench;

  describe('that speaks HTTP', () => {
    beforeEach(async () => {
      bench = await Bench.open(({ socket }) => socket.on('data', () => socket.write('answer')), { protocol: 'http' });
    });

    afterEach(() => bench.close());

    it('duplicate sends a whole request again on a connection of its own, whose answer nobody hears', async () => {
      const { client } = await bench.connected();
      await bench.add({ type: 'duplicate', delay: 100 });
      const text = request('orders');
      client.socket.write(text.slice(0, 30));
      await until('the begin arrives', () => bench.served[0]?.received === text.slice(0, 30));
      const begun = performance.now();
      client.socket.write(text.slice(30));
      await until('the copy arrives', () => bench.served[1]?.received === text);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(99);
      expect(bench.served.map(({ received }) => received)).toEqual([text, text]);
      await aWhile();
      expect(client.received).toBe('answer'.repeat(2));
      expect(bench.link.counts).toMatchObject({ requests: 1, duplicates: 1, accepted: 1 });
      await until('the connection of the copy ends', () => bench.served[1]?.ended ?? false);
    });

    it('duplicate repeats the share that it says, and nothing when it is taken off', async () => {
      const { client } = await bench.connected();
      await bench.add({ type: 'duplicate', share: 0.5 });
      for (let sent = 0; sent < 100; sent += 1) client.socket.write(request('x'));
      await until('all are there', () => bench.link.counts.requests === 100);
      await aWhile();
      const { duplicates } = bench.link.counts;
      expect(duplicates).toBeGreaterThan(30);
      expect(duplicates).toBeLessThan(70);
      await bench.link.remove('duplicate');
      client.socket.write(request('y'));
      await until('it is there', () => bench.link.counts.requests === 101);
      await aWhile();
      expect(bench.link.counts.duplicates).toBe(duplicates);
    });

    it('duplicate forgets what waits to be repeated when it is taken off', async () => {
      const { client } = await bench.connected();
      await bench.add({ type: 'duplicate', delay: 100 });
      client.socket.write(request('x'));
      await until('it is there', () => bench.served[0]?.received === request('x'));
      await bench.link.remove('duplicate');
      await aWhile();
      expect(bench.served).toHaveLength(1);
    });

    it('duplicate leaves out a request that had begun before', async () => {
      const { client, server } = await bench.connected();
      const text = request('x');
      client.socket.write(text.slice(0, 30));
      await server.hears(text.slice(0, 30));
      await bench.add({ type: 'duplicate' });
      client.socket.write(text.slice(30) + text);
      await until('the copy arrives', () => bench.served.length === 2);
      await aWhile();
      expect(bench.link.counts).toMatchObject({ requests: 2, duplicates: 1 });
    });

    it('reorder lets a request of another connection go ahead', async () => {
      const one = await bench.connected();
      const other = await bench.connected();
      await bench.add({ type: 'reorder', share: 1, wait: 60_000 });
      one.client.socket.write(request('first'));
      await until('it waits', () => bench.link.counts.requests === 1);
      await bench.link.add('reorder', {
        type: 'reorder',
        direction: 'up',
        toxicity: 1,
        attributes: { share: 0, wait: 60_000 },
      });
      await aWhile();
      expect(one.server.received).toBe('');
      other.client.socket.write(request('second'));
      await one.server.hears(request('first'));
      expect(other.server.arrivals[0]?.at).toBeLessThanOrEqual(one.server.arrivals[0]?.at ?? 0);
      expect(bench.link.counts.reordered).toBe(1);
    });

    it('reorder holds a request no longer than it says, with what came behind it on its connection', async () => {
      const { client, server } = await bench.connected();
      await bench.add({ type: 'reorder', share: 1, wait: 150 });
      const begun = performance.now();
      client.socket.write(request('one'));
      client.socket.write(request('two'));
      await server.hears(request('one') + request('two'));
      expect(performance.now() - begun).toBeGreaterThanOrEqual(149);
      expect(bench.link.counts.reordered).toBe(0);
    });

    it('taking reorder off, or the end of the client, brings what waits', async () => {
      const { client, server } = await bench.connected();
      await bench.add({ type: 'reorder', share: 1, wait: 60_000 });
      client.socket.write(`${request('whole')}POST /half`);
      await until('it waits', () => bench.link.counts.requests === 1);
      await bench.link.remove('reorder');
      await server.hears(`${request('whole')}POST /half`);
      await bench.add({ type: 'reorder', share: 1, wait: 60_000 });
      const next = await bench.connected();
      next.client.socket.end(request('last'));
      await next.server.hears(request('last'));
      await until('and the end', () => next.server.ended);
    });
  });

  describe('that speaks Kafka', () => {
    beforeEach(async () => {
      bench = await Bench.open(() => undefined, { protocol: 'kafka' });
    });

    afterEach(() => bench.close());

    it('duplicate repeats what produces, and nothing else', async () => {
      const { client, server } = await bench.connected();
      await bench.add({ type: 'duplicate' });
      const frames = [frame(FETCH, 'a fetch'), frame(PRODUCE, 'a batch'), frame(18, 'versions')];
      client.socket.write(Buffer.concat(frames));
      await server.hears(Buffer.concat(frames).toString('latin1'));
      await until('the copy arrives', () => bench.served[1]?.received === frame(PRODUCE, 'a batch').toString('latin1'));
      await aWhile();
      expect(bench.link.counts).toMatchObject({ requests: 3, duplicates: 1 });
    });

    it('reorder lets two requests that produce change places in their connection', async () => {
      const { client, server } = await bench.connected();
      await bench.add({ type: 'reorder', share: 1, wait: 60_000 });
      client.socket.write(Buffer.concat([frame(PRODUCE, 'first'), frame(FETCH, 'fetch'), frame(PRODUCE, 'second')]));
      const swapped = [frame(FETCH, 'fetch'), frame(PRODUCE, 'second'), frame(PRODUCE, 'first')];
      await server.hears(Buffer.concat(swapped).toString('latin1'));
      expect(bench.link.counts.reordered).toBe(1);
    });
  });

  it('duplicate and reorder are refused where requests are not told apart', async () => {
    bench = await Bench.open();
    await expect(bench.add({ type: 'duplicate' })).rejects.toThrow('which a->b has not');
    await expect(bench.add({ type: 'reorder' })).rejects.toThrow('requests of HTTP or Kafka');
    await bench.close();
  });
});
