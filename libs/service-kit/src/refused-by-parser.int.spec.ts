import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { baseEnv, loadConfig } from '@souk/config';
import { createApp } from './create-app.js';
import { HelloModule } from './hello.mother.js';
import { answerRefusedByParser } from './refused-by-parser.js';

/** Sends the bytes and reads until the other side closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

function expectProblem(answer: string, status: number, code: string): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toContain('content-type: application/problem+json');
  expect(head).toContain(`content-length: ${body.length}`);
  expect(JSON.parse(body)).toMatchObject({ type: `https://souk.dev/problems/${code}`, status, code });
}

describe('what is no request', () => {
  let app: NestFastifyApplication;
  let port: number;

  beforeAll(async () => {
    const config = loadConfig(baseEnv, { HTTP_PORT: '0', MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent' });
    app = await createApp(HelloModule as Type, config);
    await app.listen(0, '127.0.0.1');
    port = (app.getHttpServer().address() as AddressInfo).port;
  });
  afterAll(() => app.close());

  it.each([
    ['an unknown method', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'bad-request'],
    ['another protocol', 'HELO shop.example\r\n\r\n', 400, 'bad-request'],
    ['a space in the address', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'bad-request'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n', 400, 'bad-request'],
    ['no version', 'GET /hello\r\n\r\n', 400, 'bad-request'],
    ['a version of its own', 'GET /hello HTTP/2.0\r\nHost: a\r\n\r\n', 400, 'bad-request'],
    ['two hosts', 'GET /hello HTTP/1.1\r\nHost: a\r\nHOST: b\r\n\r\n', 400, 'bad-request'],
    ['a header of 20 kB', `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'too-many-headers'],
  ])('like %s is told so, and the connection is closed', async (_what, text, status, code) => {
    expectProblem(await raw(port, text), status, code);
  });

  it('behind a good request leaves that one its answer', async () => {
    const answer = await raw(port, 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\nFOO / HTTP/1.1\r\n\r\n');
    expect(answer.match(/HTTP\/1\.1 \d+/g)?.at(-1)).toBe('HTTP/1.1 400');
  });

  it('is not looked for behind an upgrade that nobody takes: the connection ends with the answer', async () => {
    const upgrade = 'GET /hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    const answer = await raw(port, `${upgrade}GET /hello HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
  });

  it('because it does not end is told so', async () => {
    const impatient = createServer({ headersTimeout: 40, connectionsCheckingInterval: 10 });
    impatient.on('clientError', answerRefusedByParser);
    await new Promise<void>((resolve) => impatient.listen(0, '127.0.0.1', resolve));
    const answer = await raw((impatient.address() as AddressInfo).port, 'GET / HTTP/1.1\r\nHost: a\r\n');
    expectProblem(answer, 408, 'request-timeout');
    await new Promise((resolve) => impatient.close(resolve));
  });
});
