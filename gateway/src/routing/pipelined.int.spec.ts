import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '@souk/observability';
import { waitFor } from '@souk/testing';
import { gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';
import { Upstreams } from './upstreams.js';

/** Together nearly all connections of a service: what one round leaves behind, the next one lacks. */
const CLIENTS = 20;
const BEHIND = 3;
const ROUNDS = 2;

describe('requests that wait behind another one of their connection', () => {
  let shop: TestShop;
  let held: ServerResponse[];
  let open: number;

  beforeEach(async () => {
    shop = await openShop({ settings: gatewaySettings({ bulkheadPlaces: CLIENTS * BEHIND, shedFloor: 500 }) });
    shop.reset();
    held = [];
    open = 0;
    for (const service of [shop.services.catalog, shop.services.inventory])
      service.handler = (_request, response) => {
        open += 1;
        response.once('close', () => (open -= 1));
        held.push(response);
      };
  });
  afterEach(() => shop.close());

  const asked = (target: string): string => `GET ${target} HTTP/1.1\r\nhost: shop\r\n\r\n`;
  const pipelined = (): Socket => {
    const targets = ['/api/products', ...Array.from({ length: BEHIND }, (_, n) => `/api/stock/S-${n}`)];
    const socket = connect(shop.gateway.port, '127.0.0.1').on('error', () => undefined);
    socket.write(targets.map(asked).join(''));
    return socket;
  };
  const gauge = (name: string): number[] =>
    [
      ...shop.gateway.app
        .get(Metrics)
        .render()
        .matchAll(new RegExp(`^${name}\\S* (\\d+)$`, 'gm')),
    ].map(([, value]) => Number(value));
  /** Nothing is held any more: no place, no table, no connection; and the next one is served. */
  async function nothingIsHeld(): Promise<void> {
    await waitFor(() => open === 0, { what: 'the calls to end' });
    await waitFor(() => gauge('souk_admission_in_flight').every((value) => value === 0), { what: 'the door' });
    const { app } = shop.gateway;
    const instances = app.get(Upstreams).open.flatMap(({ upstream }) => upstream.instances());
    expect(instances.map(({ inFlight }) => inFlight)).toEqual(instances.map(() => 0));
    shop.reset();
    expect((await send(shop.gateway.port, '/api/stock/A')).status).toBe(200);
  }

  it('leave nothing behind when it dies before their turn', async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const sockets = Array.from({ length: CLIENTS }, pipelined);
      await waitFor(() => held.length === round * CLIENTS * (1 + BEHIND), {
        what: 'every call at its service',
      });
      for (const socket of sockets) socket.destroy();
      await waitFor(() => open === 0, { what: 'the calls to end' });
    }
    await nothingIsHeld();
  });

  it('leave nothing behind when their answers were ready, and more than is kept for who does not read', async () => {
    const sockets = Array.from({ length: 5 }, pipelined);
    await waitFor(() => held.length === 5 * (1 + BEHIND), { what: 'every call at its service' });
    for (const response of held.filter(({ req }) => req.url !== '/products')) {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end(Buffer.alloc(response.req.url === '/stock/S-0' ? 2_000_000 : 10));
    }
    // A call after theirs: by its answer the gateway has seen what came before.
    await send(shop.gateway.port, '/api/cart');
    for (const socket of sockets) socket.destroy();
    const told = () => shop.gateway.app.get(Metrics).render();
    const gone = `route="/api/stock/:sku",status="gone"} ${5 * BEHIND}\n`;
    await waitFor(() => told().includes(gone), { what: 'all of them to be counted as gone' });
    await nothingIsHeld();
  });

  it('are answered in their order when it lives', async () => {
    const socket = pipelined();
    await waitFor(() => held.length === 1 + BEHIND, { what: 'every call at its service' });
    let got = '';
    socket.on('data', (bytes: Buffer) => (got += bytes.toString()));
    for (const response of held.toReversed()) response.end(`(${String(response.req.url)})`);
    await waitFor(() => got.includes('(/stock/S-2)'), { what: 'the last answer' });
    expect([...got.matchAll(/\((\S+)\)/g)].map(([, url]) => url)).toEqual(['/products', '/stock/S-0', '/stock/S-1', '/stock/S-2']); // prettier-ignore
    socket.end();
    await once(socket, 'close');
    await nothingIsHeld();
  });
});
