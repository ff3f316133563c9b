import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { gatewaySettings, openShop, send, type TestShop } from '../gateway.mother.js';

/** As many as a service has connections. */
const LEAVERS = 64;

describe('callers who leave before their answer comes', () => {
  let shop: TestShop;
  beforeEach(async () => {
    shop = await openShop({ settings: gatewaySettings({ responseCache: true }) });
    shop.reset();
  });
  afterEach(() => shop.close());

  it('of a shared load leave the service within reach', async () => {
    const { catalog } = shop.services;
    const answers: (() => void)[] = [];
    let closed = 0;
    catalog.handler = (_request, response) => {
      response.once('close', () => (closed += 1));
      answers.push(() => {
        // Passed on, not kept; more than waits for a reader, and never all of it.
        response.writeHead(404, { 'content-type': 'text/plain' }).write(Buffer.alloc(1_000_000));
      });
    };
    const leaving = Array.from({ length: LEAVERS }, (_, page) => {
      const path = `/api/products?page=${page}`;
      return request({ port: shop.gateway.port, host: '127.0.0.1', path, agent: false }).on('error', () => undefined);
    });
    for (const one of leaving) one.end();
    await waitFor(() => answers.length === LEAVERS, { what: 'all calls at the service' });
    const left = leaving.map((one) => new Promise((resolve) => one.once('close', resolve)));
    for (const one of leaving) one.destroy();
    await Promise.all(left);
    // A call after theirs: by its answer the gateway knows that they left.
    await send(shop.gateway.port, '/api/cart');
    for (const answer of answers) answer();
    await waitFor(() => closed === LEAVERS, { what: 'the end of the calls' });
    catalog.answers(200, { from: 'service' });
    const answer = await send(shop.gateway.port, '/api/products/1', {
      headers: { authorization: `Bearer ${shop.alice}` },
    });
    expect(answer.status).toBe(200);
  });
});
