import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHttpClient, type HttpClient } from '@souk/http';
import { AmbassadorBreakers } from '../saga/ambassador-breakers.js';

const PAYMENT = {
  name: 'payment',
  process: 'ambassador order-1 7',
  circuit: 'open',
  forced: 'open',
  openForMs: null,
  lastError: null,
  lastChange: null,
  window: { calls: 0, failures: 0 },
  counts: { calls: 0, tries: 0, retries: 0, ok: 0, failed: 0, open: 0, full: 0, cancelled: 0 },
  bulkhead: null,
};

describe('the circuits of the ambassador beside order', () => {
  let server: Server;
  let http: HttpClient;
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    server = createServer(({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      if (url === '/breakers') return void response.end(JSON.stringify({ items: [PAYMENT] }));
      if (url === '/breakers/payment/force-open') return void response.end(JSON.stringify(PAYMENT));
      response.writeHead(404).end('{"status":"not-found"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    http = createHttpClient({ name: 'ambassador', baseUrl });
  });
  afterEach(async () => {
    await http.close();
    server.close();
  });

  it('CB-9: are asked for at its management port', async () => {
    const breakers = new AmbassadorBreakers(http);
    expect(await breakers.list()).toEqual({ items: [PAYMENT] });
    expect(await breakers.act('payment', 'force-open')).toEqual(PAYMENT);
    expect(asked).toEqual(['GET /breakers', 'POST /breakers/payment/force-open']);
  });

  it('that are not there are said not to be there', async () => {
    const gone = { code: 'breaker-not-found', kind: 'not-found' };
    await expect(new AmbassadorBreakers(http).act('../x', 'reset')).rejects.toMatchObject(gone);
    expect(asked).toEqual(['POST /breakers/..%2Fx/reset']);
    await expect(new AmbassadorBreakers(undefined).act('payment', 'reset')).rejects.toMatchObject(gone);
    expect(await new AmbassadorBreakers(undefined).list()).toEqual({ items: [] });
  });

  it('without an ambassador that answers are a fault', async () => {
    server.close();
    server.closeAllConnections();
    await expect(new AmbassadorBreakers(http).list()).rejects.toMatchObject({ code: 'upstream-unavailable' });
  });
});
