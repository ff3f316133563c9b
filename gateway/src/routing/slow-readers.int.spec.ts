import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { Policies } from '../resilience/policies.js';
import { gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';

const PLACES = 4;
/** More than sockets and the gateway keep for somebody who does not read. */
const LARGE = Buffer.alloc(8_000_000);

describe('answers that nobody reads', () => {
  let shop: TestShop;
  let readers: Socket[];

  beforeEach(async () => {
    shop = await openShop({ settings: gatewaySettings({ bulkheadPlaces: PLACES, bulkheadQueue: 0, shedFloor: 500 }) });
    shop.services.inventory.handler = (request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end(request.url === '/stock/LARGE' ? LARGE : 'small');
    };
    readers = [];
  });
  afterEach(async () => {
    for (const reader of readers) reader.destroy();
    await shop.close();
  });

  const policy = () => shop.gateway.app.get(Policies).all().get('inventory')?.state();
  const areTaken = (places: number) => () => policy()?.bulkhead?.inUse === places;

  it('BLK-2 keep their places as they keep their sockets: the next caller is told at once, and no circuit opens', async () => {
    for (let n = 0; n < PLACES; n++) {
      const reader = connect(shop.gateway.port, '127.0.0.1').on('error', () => undefined);
      reader.pause();
      reader.write('GET /api/stock/LARGE HTTP/1.1\r\nhost: shop\r\n\r\n');
      readers.push(reader);
    }
    await waitFor(areTaken(PLACES), { what: 'all places to be taken' });
    const refused = await send(shop.gateway.port, '/api/stock/A');
    expect([refused.status, refused.json]).toEqual([503, expect.objectContaining({ code: 'upstream-overloaded' })]);
    expect(policy()?.circuit).toBe('closed');
    for (const reader of readers) reader.destroy();
    await waitFor(areTaken(0), { what: 'the places to be free' });
    expect((await send(shop.gateway.port, '/api/stock/A')).status).toBe(200);
  });
});
