import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Bench, Line, until } from './link.fixture.ts';

const MIB = 1_048_576;
const openFiles = (): number => readdirSync('/proc/self/fd').length;

describe('a link without toxics', () => {
  let bench: Bench;

  afterEach(() => bench.close());

  it('passes on every byte both ways, and counts it', async () => {
    bench = await Bench.open();
    const { client, server } = await bench.connected();
    const text = Array.from({ length: 300_000 }, (_, index) => String.fromCharCode(index % 256)).join('');
    await client.echo(text);
    expect(client.received === text && server.received === text).toBe(true);
    expect(bench.link.counts).toMatchObject({ accepted: 1, open: 1, refused: 0, resets: 0 });
    expect(bench.link.counts).toMatchObject({ bytesUp: 300_000, bytesDown: 300_000, requests: 0 });
  });

  it('passes on a half-close: the answer comes behind the end of the question', async () => {
    bench = await Bench.open(({ socket }) => socket.once('end', () => socket.end('answer')));
    const client = bench.client();
    client.socket.end('question');
    await until('both ends', () => client.ended && client.received === 'answer');
    expect(bench.served[0]?.received).toBe('question');
    await until('it is closed', () => bench.link.counts.open === 0);
  });

  it.each(['up', 'down'])('passes on a reset that goes %s', async (direction) => {
    bench = await Bench.open(() => undefined);
    const { client, server } = await bench.connected();
    const [from, to] = direction === 'up' ? [client, server] : [server, client];
    from.socket.resetAndDestroy();
    await until('it is reset', () => to.error === 'ECONNRESET');
    await until('it is forgotten', () => bench.link.counts.open === 0);
  });

  it('resets a client whose server takes no connection', async () => {
    bench = await Bench.open(undefined, { to: { host: '127.0.0.1', port: 1 } });
    const client = bench.client();
    client.socket.write('hello?');
    await until('it is reset', () => client.error === 'ECONNRESET');
    expect(bench.link.counts).toMatchObject({ accepted: 1, refused: 1, open: 0, bytesUp: 0, resets: 0 });
  });

  it('makes a sender wait for a slow reader, and loses nothing', async () => {
    bench = await Bench.open(({ socket }) => socket.pause());
    const { client, server } = await bench.connected();
    const sent = 64;
    for (let part = 0; part < sent; part += 1) client.socket.write(Buffer.alloc(MIB, 'x'));
    const left: number[] = [];
    const isStuck = (): boolean => left.length > 3 && new Set(left.slice(-4)).size === 1;
    for (let looked = 0; looked < 100 && !isStuck(); looked += 1) {
      await sleep(100);
      left.push(client.socket.writableLength);
    }
    expect(isStuck()).toBe(true);
    expect(left.at(-1)).toBeGreaterThan(sent * MIB * 0.5);
    server.socket.resume();
    await until('everything arrives', () => server.received.length === sent * MIB);
  });

  it('counts HTTP requests, also of one connection and cut anywhere', async () => {
    bench = await Bench.open(() => undefined, { protocol: 'http' });
    const { client, server } = await bench.connected();
    const request = 'POST /orders HTTP/1.1\r\nhost: order\r\ncontent-length: 16\r\n\r\nGET / HTTP/1.1\r\n';
    for (const letter of request.repeat(3)) client.socket.write(letter);
    await server.hears(request.repeat(3));
    expect(bench.link.counts.requests).toBe(3);
  });

  it('leaves no file open after 2,000 connections, however they ended', async () => {
    bench = await Bench.open();
    const before = openFiles();
    const endings = [
      ({ socket }: Line) => socket.end(),
      ({ socket }: Line) => socket.destroy(),
      ({ socket }: Line) => socket.resetAndDestroy(),
    ];
    for (let round = 0; round < 20; round += 1) {
      const lines = await Promise.all(Array.from({ length: 100 }, () => bench.connected()));
      await Promise.all(lines.map(({ client }) => client.echo('ping')));
      lines.forEach(({ client }, index) => endings[index % endings.length]?.(client));
      await until('all are closed', () => bench.link.counts.open === 0);
    }
    expect(bench.link.counts.accepted).toBe(2_000);
    await until('all files are closed', () => openFiles() <= before);
  });
});
