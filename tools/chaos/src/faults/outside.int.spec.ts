import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { tellValkey } from '../stores/valkey.ts';
import { Trial } from './injecting.mother.ts';

const WITHIN_MS = 5_000;
const portOf = (server: Server | HttpServer): number => (server.address() as AddressInfo).port;

describe('knobs of payment', () => {
  const KNOBS = { declinePercent: 5, latencyMs: 0, errorPercent: 0 };
  let knobs: object;
  let server: HttpServer;
  let trial: Trial;

  beforeEach(async () => {
    knobs = KNOBS;
    server = createHttpServer(async (request, response) => {
      if (request.method === 'PUT') knobs = JSON.parse(Buffer.concat(await request.toArray()).toString());
      response.setHeader('content-type', 'application/json').end(JSON.stringify(knobs));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    trial = new Trial({ urls: { PAYMENT_URL: `http://127.0.0.1:${portOf(server)}` } });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('are turned, those alone that are named, and stand as before afterwards', async () => {
    await trial.inject('payment-knobs', { latencyMs: 900 });
    expect(knobs).toEqual({ ...KNOBS, latencyMs: 900 });
    await trial.undo();
    expect(knobs).toEqual(KNOBS);
    await trial.undo();
    expect(knobs).toEqual(KNOBS);
  });

  it('are turned back also when the simulator was started anew and has forgotten them', async () => {
    await trial.inject('payment-knobs', { errorPercent: 50 });
    knobs = { declinePercent: 0, latencyMs: 0, errorPercent: 0 };
    await trial.undo();
    expect(knobs).toEqual(KNOBS);
  });
});

describe('the cache', () => {
  let server: Server;
  let heard: string;
  let answer: string;
  let urls: Record<string, string>;

  beforeEach(async () => {
    [heard, answer] = ['', '+OK\r\n'];
    server = createServer((socket) => {
      socket.on('data', (chunk) => {
        heard += chunk.toString();
        for (const _ of chunk.toString().match(/\*\d/g) ?? []) socket.write(answer);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    urls = { VALKEY_URL: `redis://:geheim%21@127.0.0.1:${portOf(server)}` };
  });
  afterEach(() => {
    server.close();
  });

  it('is emptied once, by who knows the password', async () => {
    const trial = new Trial({ urls });
    await trial.inject('cache-flush', {});
    expect(heard).toBe('*2\r\n$4\r\nAUTH\r\n$7\r\ngeheim!\r\n*1\r\n$8\r\nFLUSHALL\r\n');
    await trial.heal();
    expect(trial.waysBack).toEqual([]);
  });

  it('is emptied again and again until the fault is over', async () => {
    const trial = new Trial({ urls });
    await trial.inject('cache-flush', { every: '100ms' });
    const times = (): number => heard.match(/FLUSHALL/g)?.length ?? 0;
    await waitFor('three times', WITHIN_MS, async () => times() >= 3);
    await trial.heal();
    const then = times();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(times()).toBe(then);
  });

  it('that refuses is not taken for an empty one', async () => {
    answer = '-NOAUTH Authentication required.\r\n';
    await expect(tellValkey(urls['VALKEY_URL'] ?? '', '', [['FLUSHALL']])).rejects.toThrow('NOAUTH');
  });

  it('that is not there is said to be none', async () => {
    await expect(new Trial({ urls: {} }).inject('cache-flush', {})).rejects.toThrow('this shop has no Valkey');
  });
});
