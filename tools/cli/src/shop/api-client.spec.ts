import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from './api-client.ts';

let server: Server;
let api: ApiClient;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/echo') {
      const { authorization, 'content-type': type } = request.headers;
      response.end(JSON.stringify({ method: request.method, authorization, type }));
      return;
    }
    response.writeHead(400, { 'content-type': 'application/problem+json' });
    const errors = [{ path: 'lines.0.quantity', message: 'too small' }];
    response.end(JSON.stringify({ code: 'validation-failed', detail: '1 field is wrong', traceId: 'abc', errors }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('the API client', () => {
  it('sends JSON with a bearer token', async () => {
    const answer = await api.send('POST', '/echo', { token: 't', body: {} });
    expect(answer).toMatchObject({
      status: 200,
      body: { method: 'POST', authorization: 'Bearer t', type: 'application/json' },
    });
  });

  it('tells an unexpected answer as what, why and how to fix it', async () => {
    await expect(api.expect([200], 'GET', '/bad')).rejects.toMatchObject({
      message: 'GET /bad was answered 400 validation-failed',
      why: '1 field is wrong; lines.0.quantity: too small (trace abc)',
      fix: expect.stringContaining('docs/problems.md'),
    });
  });

  it('tells that nobody answers', async () => {
    const nobody = new ApiClient('http://127.0.0.1:1');
    await expect(nobody.send('GET', '/')).rejects.toMatchObject({ fix: './souk up, then ./souk status' });
  });
});
