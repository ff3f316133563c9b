import { type IncomingMessage, request } from 'node:http';
import { brotliDecompressSync, createGunzip, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { GatewaySettings } from '@souk/contracts';
import { waitFor } from '@souk/testing';
import { encoders, type Encoders } from './encoders.js';
import { slowEncoders } from './encoders.naive.js';
import { gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';

describe('compression', () => {
  const settings: { value: GatewaySettings } = gatewaySettings({});
  let shop: TestShop;
  beforeAll(async () => {
    shop = await openShop({ settings });
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    settings.value = gatewaySettings({}).value;
    shop.reset();
  });
  const set = (given: Partial<GatewaySettings>) => {
    settings.value = gatewaySettings(given).value;
  };
  const get = (target: string, headers: Record<string, string> = {}) => send(shop.gateway.port, target, { headers });
  const asAlice = () => ({ authorization: `Bearer ${shop.alice}` });
  const raw = (target: string, headers: Record<string, string> = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      request({ port: shop.gateway.port, host: '127.0.0.1', path: target, headers }, resolve).on('error', reject).end();
    });
  const bytes = async (target: string, headers: Record<string, string>) => {
    const answer = await raw(target, headers);
    const chunks = await answer.toArray();
    return { headers: answer.headers, body: Buffer.concat(chunks as Buffer[]) };
  };

  const text = 'souk '.repeat(1_000);
  const long = (headers: Record<string, string> = {}) => {
    const body = JSON.stringify({ text });
    shop.services.inventory.handler = (_request, response) =>
      void response
        .writeHead(200, {
          'content-type': 'application/json',
          'content-length': body.length,
          etag: '"7"',
          ...headers,
        })
        .end(body);
  };
  const STOCK = '/api/stock/LAMP-1';

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('OFF-4 sends %s to who reads it', async (coding, decode) => {
    long();
    const { headers, body } = await bytes(STOCK, { 'accept-encoding': coding });
    expect(headers).toMatchObject({
      'content-encoding': coding,
      'content-length': String(body.length),
      etag: 'W/"7"',
      vary: 'Accept-Encoding',
    });
    expect([JSON.parse(decode(body).toString()), body.length < 500]).toEqual([{ text }, true]);
  });

  it('OFF-4 sends the gateway’s own answers and problems so, too', async () => {
    shop.services.inventory.answers(200, { text });
    const requests = [{ path: STOCK }];
    const batch = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip' };
      const options = { port: shop.gateway.port, host: '127.0.0.1', path: '/api/batch', method: 'POST', headers };
      request(options, resolve).on('error', reject).end(JSON.stringify({ requests }));
    });
    expect(batch.headers['content-encoding']).toBe('gzip');
    const body = Buffer.concat((await batch.toArray()) as Buffer[]);
    expect(JSON.parse(gunzipSync(body).toString())).toMatchObject({ responses: [{ status: 200, body: { text } }] });
    expect(Number(batch.headers['content-length'])).toBe(body.length);
  });

  it.each<[string, string, () => void]>([
    ['who reads none', 'identity', () => long()],
    ['what is short', 'gzip', () => shop.services.inventory.answers(200, {}, { 'content-length': '2' })],
    ['what is no text', 'gzip', () => long({ 'content-type': 'image/png' })],
    ['what may not be changed', 'gzip', () => long({ 'cache-control': 'no-transform' })],
    ['what holds secrets', 'gzip', () => long({ 'cache-control': 'no-store' })],
    ['anybody when it is switched off', 'gzip', () => (set({ compression: false }), long())],
    ['what is shorter than the setting', 'gzip', () => (set({ compressionMinBytes: 100_000 }), long())],
  ])('OFF-4 sends plain bytes to %s', async (_what, coding, prepare) => {
    prepare();
    const { headers } = await bytes(STOCK, { 'accept-encoding': coding });
    expect([headers['content-encoding'], headers['content-length'] !== undefined]).toEqual([undefined, true]);
  });

  it('OFF-4 compresses nothing twice, and no event stream', async () => {
    const events = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' };
    shop.services.order.handler = (_request, response) => void response.writeHead(200, events).write('data: 1\n\n');
    const stream = await raw('/api/orders/7/stream', { ...asAlice(), 'accept-encoding': 'gzip, br' });
    const first = await new Promise((resolve) => stream.once('data', resolve));
    expect([stream.headers['content-encoding'], String(first)]).toEqual([undefined, 'data: 1\n\n']);
    stream.destroy();
    const asset = await bytes('/openapi.json', { 'accept-encoding': 'gzip' });
    expect(asset.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(asset.body).toString())).toHaveProperty('openapi');
  });

  it('OFF-4 holds nothing back of an answer that comes in pieces', async () => {
    const { inventory } = shop.services;
    const end = Promise.withResolvers<void>();
    inventory.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson+json' }).write('{"n":1}\n');
      void end.promise.then(() => response.end('{"n":2}\n'));
    };
    const stream = await raw(STOCK, { 'accept-encoding': 'gzip' });
    expect(stream.headers['content-encoding']).toBe('gzip');
    let seen = '';
    stream.pipe(createGunzip()).on('data', (chunk: Buffer) => (seen += chunk.toString()));
    await waitFor(() => seen === '{"n":1}\n', { what: 'the first piece' });
    end.resolve();
    await waitFor(() => seen === '{"n":1}\n{"n":2}\n', { what: 'the second piece' });
  });

  it('OFF-4 cuts an answer that was cut', async () => {
    for (const length of [50_000, 500_000]) {
      shop.services.inventory.handler = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': length }).write(text);
        setImmediate(() => response.socket?.destroy());
      };
      await expect(bytes(STOCK, { 'accept-encoding': 'gzip' })).rejects.toThrow();
    }
  });

  it('OFF-4 a large answer is compressed on its way, not first', async () => {
    const body = JSON.stringify({ text: text.repeat(40) });
    shop.services.inventory.handler = (_request, response) =>
      void response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
    const { headers, body: got } = await bytes(STOCK, { 'accept-encoding': 'br' });
    expect([headers['content-length'], brotliDecompressSync(got).toString() === body]).toEqual([undefined, true]);
  });

  it('OFF-4 by validators of compressed answers services are asked with their own', async () => {
    await get('/api/orders/7', { ...asAlice(), 'if-none-match': 'W/"7", "8"' });
    expect(shop.services.order.seen[0]?.headers['if-none-match']).toBe('"7", "8"');
  });

  it('OFF-4 by the variant compression-slow everybody waits for the smallest answer', async () => {
    const body = Buffer.from(JSON.stringify(Array.from({ length: 3_000 }, (_, n) => `${n} ${(n * 7_919) % 4_001}`)));
    const heldUp = async (by: Encoders): Promise<number> => {
      const started = performance.now();
      const coding = by.whole('br', body);
      const blocked = performance.now() - started;
      expect(brotliDecompressSync(await coding)).toEqual(body);
      return blocked;
    };
    const [ours, slow] = [await heldUp(encoders), await heldUp(slowEncoders)];
    expect(slow).toBeGreaterThan(10 * ours);
  });
});
