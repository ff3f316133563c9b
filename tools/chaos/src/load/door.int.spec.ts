import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Answer } from '../run/observations.ts';
import { Door, visitOf } from './door.ts';

describe('the class of a request', () => {
  it.each([
    ['GET', '/api/products?page=2', 'browse'],
    ['GET', '/api/products/1', 'browse'],
    ['GET', '/api/pages/home', 'page'],
    ['POST', '/api/cart/items', 'cart'],
    ['DELETE', '/api/cart', 'cart'],
    ['POST', '/api/orders', 'order'],
    ['GET', '/api/orders', 'read'],
    ['GET', '/api/orders/1?wait=5s', 'read'],
    ['POST', '/api/orders/1/cancel', 'cancel'],
    ['POST', '/api/orders/1/return', 'return'],
    ['POST', '/api/admin/orders/1/ship', undefined],
  ])('%s %s is %s', (method, path, visit) => expect(visitOf(method, path)).toBe(visit));
});

describe('the door', () => {
  let server: Server;
  let door: Door;
  let answers: Answer[];
  let asked: IncomingMessage[];
  const sockets = new Set<Socket>();
  let reply: (request: IncomingMessage, response: ServerResponse) => void;
  const json = (status: number, body: unknown) => (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json', 'x-told': 'yes' }).end(JSON.stringify(body));

  beforeEach(async () => {
    [answers, asked] = [[], []];
    server = createServer((request, response) => {
      asked.push(request);
      reply(request, response);
    });
    server.on('connection', (socket) => sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    let now = 100;
    const note = (answer: Answer) => answers.push(answer);
    door = new Door({ url, headers: { 'x-api-key': 'ours' }, now: () => (now += 5), note });
  });
  afterEach(async () => {
    await door.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    sockets.clear();
  });

  it('hands over what was sent and what came back, and writes down when and how long', async () => {
    reply = json(202, { orderId: 'o1' });
    const answer = await door.send('POST', '/api/orders', {
      token: 't',
      body: { a: 1 },
      headers: { 'idempotency-key': 'k' },
    });
    expect(answer).toMatchObject({ status: 202, body: { orderId: 'o1' } });
    expect(answer.headers.get('x-told')).toBe('yes');
    expect(asked[0]).toMatchObject({ method: 'POST', url: '/api/orders' });
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer t',
      'content-type': 'application/json',
      'idempotency-key': 'k',
      'x-api-key': 'ours',
    });
    expect(answers).toEqual([{ at: 105, tookMs: 5, visit: 'order', status: 202 }]);
  });

  it('writes down which parts a page left out, and why it was refused', async () => {
    reply = json(200, { product: {}, missing: [{ part: 'stock', reason: 'timeout' }, { part: 'reviews' }] });
    await door.send('GET', '/api/pages/product/1');
    reply = json(200, { product: {}, missing: [] });
    await door.send('GET', '/api/pages/product/1');
    reply = json(503, { code: 'overloaded' });
    await door.send('GET', '/api/products');
    reply = (_, response) => void response.writeHead(502).end('<html>bad</html>');
    await door.send('GET', '/api/products');
    expect(answers.map(({ visit, status, code, missing }) => ({ visit, status, code, missing }))).toEqual([
      { visit: 'page', status: 200, missing: ['stock', 'reviews'] },
      { visit: 'page', status: 200 },
      { visit: 'browse', status: 503, code: 'overloaded' },
      { visit: 'browse', status: 502 },
    ]);
  });

  it('writes down that no answer came, and throws', async () => {
    reply = () => undefined;
    await expect(door.send('GET', '/api/products', { timeoutMs: 50 })).rejects.toThrow();
    reply = (request) => void request.socket.destroy();
    await expect(door.send('GET', '/api/products')).rejects.toThrow();
    reply = (_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half', () => response.socket?.destroy());
    };
    await expect(door.send('GET', '/api/products')).rejects.toThrow();
    expect(answers.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(answers.map(({ code }) => code)).toEqual(['timeout', 'UND_ERR_SOCKET', 'UND_ERR_SOCKET']);
  });

  it('keeps its connections', async () => {
    reply = json(200, {});
    for (let count = 0; count < 20; count++) await door.send('GET', '/api/products');
    // The next request may come before the connection of the last one is free again.
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  it('writes nothing of what no visitor does', async () => {
    reply = json(202, {});
    await door.send('POST', '/api/admin/orders/1/ship');
    expect(answers).toEqual([]);
  });
});
