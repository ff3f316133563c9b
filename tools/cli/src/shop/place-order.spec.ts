import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { placeOrder, renderTimeline, timelineOf } from './place-order.ts';

const event = (version: number, type: string, elapsedMs: number) => ({
  version,
  type,
  at: '2026-03-04T12:00:00.000Z',
  elapsedMs,
  detail: {},
});

describe('the timeline of an order', () => {
  it('reads as a sentence', () => {
    const events = [
      event(1, 'placed', 0),
      event(2, 'stock-reserved', 9.4),
      event(3, 'payment-authorised', 15),
      event(4, 'stock-committed', 19),
      event(5, 'payment-captured', 24),
      event(6, 'confirmed', 27.2),
    ];
    expect(renderTimeline(timelineOf({ orderId: '0193f5b0-1a2b-7c3d-8e4f-5a6b7c8d9e0f', events }))).toBe(
      'placed 0 ms → stock reserved 9 ms → payment authorised 15 ms → committed 19 ms → captured 24 ms → confirmed 27 ms',
    );
  });
});

describe('an order of any product', () => {
  /** What comes of it when the stock of every product is answered so. */
  async function whenAnswered(status: number, body: object): Promise<unknown> {
    const server = createServer((_request, response) => void response.writeHead(status).end(JSON.stringify(body)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gatewayUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      return await placeOrder({ instance: 'default', gatewayUrl, token: async () => 't', urls: {} }).catch(
        (error: unknown) => error,
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it.each([
    [200, { available: 0 }],
    [404, { code: 'unknown-sku' }],
  ])('finds none in stock when that is so: %d', async (status, body) => {
    expect(await whenAnswered(status, body)).toMatchObject({ message: 'none of 20 products has 1 in stock' });
  });

  it.each([
    [429, 'rate-limited'],
    [403, 'blocked'],
    [503, 'upstream-unavailable'],
  ])('tells what else was answered as what it is: %d', async (status, code) => {
    const message = expect.stringMatching(new RegExp(`^GET /api/stock/.* was answered ${status} ${code}$`));
    expect(await whenAnswered(status, { code, detail: 'why' })).toMatchObject({ message, why: 'why' });
  });
});
