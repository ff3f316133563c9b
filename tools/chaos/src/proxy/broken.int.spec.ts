import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aWhile, Bench, type Line, until } from './link.fixture.ts';

const SLACK_MS = 150;

describe('toxics that break connections of a link', () => {
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.open();
  });

  afterEach(() => bench.close());

  const works = async (client: Line): Promise<void> => {
    await client.echo('works');
    expect(client.error).toBeUndefined();
  };

  it('down refuses new connections and closes those there are, until it is taken off', async () => {
    const { client } = await bench.connected();
    await works(client);
    await bench.add({ type: 'down' });
    await until('it is closed', () => client.ended && (bench.served[0]?.ended ?? false));
    const refused = bench.client();
    await until('it is refused', () => refused.error === 'ECONNREFUSED');
    await bench.link.remove('down');
    await works(bench.client());
  });

  it('down comes to an end though somebody has the port for a moment', async () => {
    await bench.add({ type: 'down' });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(bench.port, '127.0.0.1', resolve));
    const removed = bench.link.remove('down');
    await aWhile();
    other.close();
    await removed;
    await works(bench.client());
  });

  it('reset_peer resets both sides, of connections there are and of new ones', async () => {
    const { client, server } = await bench.connected();
    await works(client);
    await bench.add({ type: 'reset_peer' });
    await until('both are reset', () => client.error === 'ECONNRESET' && server.error === 'ECONNRESET');
    const next = bench.client();
    await until('the next one is reset', () => next.error === 'ECONNRESET');
    expect(bench.link.counts.resets).toBe(2);
    await bench.link.remove('reset_peer');
    await works(bench.client());
  });

  it('reset_peer with a time resets after it', async () => {
    const { client } = await bench.connected();
    const begun = performance.now();
    await bench.add({ type: 'reset_peer', timeout: 200 });
    await works(client);
    await until('it is reset', () => client.error === 'ECONNRESET');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(199);
    expect(performance.now() - begun).toBeLessThan(200 + SLACK_MS);
  });

  it('timeout 0 hangs: bytes and ends vanish; taking it off closes', async () => {
    const { client, server } = await bench.connected();
    await bench.add({ type: 'timeout', direction: 'up' });
    client.socket.end('into the void');
    server.socket.write('heard');
    await client.hears('heard');
    await aWhile();
    expect(server).toMatchObject({ received: '', ended: false });
    const next = bench.client();
    next.socket.write('void, too');
    await until('it is taken', () => bench.served.length === 2);
    await aWhile();
    expect(bench.served[1]).toMatchObject({ received: '', ended: false });
    expect(next.closed).toBe(false);
    await bench.link.remove('timeout');
    await until('all are closed', () => [client, server, next].every(({ ended }) => ended));
    await works(bench.client());
  });

  it('a timeout closes after its time', async () => {
    const { client } = await bench.connected();
    const begun = performance.now();
    await bench.add({ type: 'timeout', timeout: 200 });
    client.socket.write('no answer');
    await until('it is closed', () => client.ended);
    expect(client.received).toBe('');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(199);
    expect(performance.now() - begun).toBeLessThan(200 + SLACK_MS);
  });

  it.each([0, 1, 1_000, 70_000])(
    'limit_data lets exactly %d bytes through, then both sides see the end',
    async (bytes) => {
      await bench.add({ type: 'limit_data', bytes });
      const { client, server } = await bench.connected();
      for (let written = 0; written < 100; written += 1) client.socket.write('x'.repeat(997));
      await until('both are told', () => client.ended && server.ended);
      expect(client.received).toHaveLength(bytes);
      expect(bench.link.counts.bytesDown).toBe(bytes);
      await bench.link.remove('limit_data');
      await works(bench.client());
    },
  );

  it('limit_data counts for each connection, from when it was put on', async () => {
    const { client } = await bench.connected();
    await client.echo('x'.repeat(500));
    await bench.add({ type: 'limit_data', bytes: 300, direction: 'up' });
    client.socket.write('x'.repeat(299));
    await until('they arrive', () => client.received.length === 799);
    expect(client.ended).toBe(false);
    client.socket.write('xyz');
    await until('it ends', () => client.ended);
    expect(bench.served[0]?.received).toHaveLength(800);
  });

  it('one_way lets the other direction pass, and brings everything when it is taken off', async () => {
    const { client, server } = await bench.connected();
    await bench.add({ type: 'one_way', direction: 'up' });
    client.socket.end('held back');
    server.socket.write('passes');
    await client.hears('passes');
    await aWhile();
    expect(server).toMatchObject({ received: '', ended: false });
    await bench.link.remove('one_way');
    await server.hears('held back');
    await until('and the end', () => server.ended);
  });

  it.each([
    ['up', 'the server'],
    ['down', 'the client'],
  ])('half_open %s closes %s and never tells the other', async (direction) => {
    const { client, server } = await bench.connected();
    const [told, other] = direction === 'up' ? [server, client] : [client, server];
    await bench.add({ type: 'half_open', direction });
    await until('one is told', () => told.ended);
    for (let said = 0; said < 5; said += 1) other.socket.write('is anybody there?');
    await aWhile();
    expect(other).toMatchObject({ received: '', ended: false, closed: false, error: undefined });
    await works(bench.client());
    await bench.link.remove('half_open');
    await until('the other is reset', () => other.error === 'ECONNRESET');
  });

  it('half_open keeps nothing of a connection that its last side has left', async () => {
    const { client } = await bench.connected();
    await bench.add({ type: 'half_open', direction: 'up' });
    client.socket.end();
    await until('it is forgotten', () => bench.link.counts.open === 0);
  });

  it('meets the share of connections that its toxicity says, the same ones for the same seed', async () => {
    const met = async (): Promise<boolean[]> => {
      const shop = await Bench.open();
      await shop.add({ type: 'timeout', toxicity: 0.3 });
      const clients: Line[] = [];
      for (let made = 0; made < 100; made += 1) clients.push((await shop.connected()).client);
      // Whatever else is done to the link: who is met, is met.
      for (const name of ['one', 'two', 'three']) await shop.add({ type: 'latency', latency: 0 }, name);
      for (const { socket } of clients) socket.write('?');
      await until('the others are answered', () => clients.filter(({ received }) => received === '?').length >= 50);
      await aWhile();
      const hung = clients.map(({ received }) => received === '');
      expect(clients.filter(({ ended }) => ended)).toEqual([]);
      await shop.close();
      return hung;
    };
    const first = await met();
    expect(first.filter(Boolean).length).toBeGreaterThan(18);
    expect(first.filter(Boolean).length).toBeLessThan(42);
    expect(await met()).toEqual(first);
  });
});
