import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { aCertificate } from '@souk/testing';
import { look, resolve } from '../../tools/cli/src/probe/look.ts';
import { probe, type Target } from '../../tools/cli/src/probe/prober.ts';

const authority = aCertificate('souk test authority');
const expected = { status: 200, maxMs: 5_000, maxDnsMs: 1_000, certDays: 14 };

describe('the eyes of the prober', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });
  const serve = async (listener: RequestListener, days?: number, host = '127.0.0.1'): Promise<number> => {
    const { cert, key } = aCertificate('shop.test', authority, days);
    const server = days === undefined ? createServer(listener) : createTlsServer({ cert, key }, listener);
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, host, done));
    return (server.address() as AddressInfo).port;
  };

  it('HEM-9 see one address of a name at a time, by the name that the caller asked for', async () => {
    const hosts: (string | undefined)[] = [];
    const port = await serve((request, response) => {
      hosts.push(request.headers.host);
      response.setHeader('x-place', 'here').end('Souk');
    });
    const sight = await look(`http://shop.test:${port}/a?b=1`, '127.0.0.1', { timeoutMs: 5_000 });
    expect(sight).toMatchObject({ status: 200, body: 'Souk', address: '127.0.0.1', headers: { 'x-place': 'here' } });
    expect(hosts).toEqual([`shop.test:${port}`]);
  });

  it('HEM-8 see when a certificate ends and whether it is believed, and what is behind it all the same', async () => {
    const port = await serve((_request, response) => response.end('Souk'), 10);
    const sight = await look(`https://shop.test:${port}/`, '127.0.0.1', { timeoutMs: 5_000 });
    expect(sight).toMatchObject({ status: 200, body: 'Souk' });
    expect(sight.certificate?.distrust).toMatch(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER/);
    const days = (Date.parse(sight.certificate?.validTo ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(8);
    expect(days).toBeLessThan(10);
  });

  it('HEM-8 end in time with somebody who never answers, and with one who never ends', async () => {
    const silent = await serve(() => undefined);
    const endless = await serve((_request, response) => void response.writeHead(200).write('x'));
    for (const port of [silent, endless]) {
      const sight = await look(`http://127.0.0.1:${port}/`, '127.0.0.1', { timeoutMs: 100 });
      expect(sight).toMatchObject({ error: 'no answer within 100 ms' });
      expect(sight.ms).toBeLessThan(2_000);
    }
  });

  it('HEM-8 have enough of an answer without end', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200);
      const more = (): void =>
        void (response.write('x'.repeat(65_536)) ? setImmediate(more) : response.once('drain', more));
      more();
    });
    const { status, body } = await look(`http://127.0.0.1:${port}/`, '127.0.0.1', { timeoutMs: 5_000 });
    expect(status).toBe(200);
    expect(body.length).toBeLessThan(1_000_000);
  });

  it('HEM-9 find all addresses of a name, and take an address for what it is', async () => {
    const found = async () => [
      { address: '10.0.0.1', family: 4 },
      { address: '10.0.0.2', family: 4 },
    ];
    expect((await resolve('http://catalog-each:9090/', found as never)).addresses).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(await resolve('http://[::1]:9090/')).toEqual({ addresses: ['::1'], dnsMs: 0 });
    expect((await resolve('http://localhost:9090/')).addresses.length).toBeGreaterThan(0);
  });

  it('HEM-8 HEM-9 a prober with these eyes tells a sick instance from a well one', async () => {
    const port = await serve((_request, response) => response.writeHead(503).end());
    const target: Target = { name: 'catalog', url: `http://127.0.0.1:${port}/`, expected };
    expect(await probe(target)).toMatchObject([{ code: 503, status: 'failed', certificateEnds: null }]);
  });
});
