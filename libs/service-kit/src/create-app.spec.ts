import { Body, Controller, Get, Module, Param, Post, Query, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { baseEnv, loadConfig } from '@souk/config';
import { CodedError } from '@souk/http';
import { createLogger, currentContext, type Logger, setLogLevel } from '@souk/observability';
import { z } from 'zod';
import { createApp } from './create-app.js';

const line = z.strictObject({ sku: z.string().min(3), quantity: z.int().min(1) });
const order = z.strictObject({ lines: z.array(line).min(1) });

@Controller()
class ThingsController {
  @Post('things')
  create(@Body({ schema: order }) body: z.infer<typeof order>): object {
    return { lines: body.lines.length };
  }

  @Get('things')
  list(
    @Query({ schema: z.strictObject({ page: z.coerce.number().int().min(1).default(1) }) }) query: { page: number },
  ): object {
    return query;
  }

  @Get('things/:id')
  find(@Param('id', { schema: z.uuid() }) id: string): object {
    return { id };
  }

  @Get('context')
  async context(): Promise<object> {
    await new Promise((resolve) => setImmediate(resolve));
    return { ...currentContext() };
  }

  @Post('echo-context')
  echo(@Body() _body: unknown): object {
    return { correlationId: currentContext()?.correlationId };
  }

  @Post('nothing')
  nothing(): object {
    return {};
  }

  @Get('fail/:how')
  fail(@Param('how') how: string): never {
    if (how === 'coded') throw new CodedError('conflict', 'price-changed', 'The price has changed.');
    if (how === 'busy') throw new CodedError('unavailable', 'busy', 'Come back.', { retryAfterSeconds: 3 });
    // The shape of a domain error: same fields, no import.
    if (how === 'domain')
      throw Object.assign(new Error('Order 7 is gone.'), { code: 'order-not-found', kind: 'not-found' });
    if (how === 'string') throw 'a string';
    throw new Error('password of the database is hunter2');
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

const config = loadConfig(baseEnv, { HTTP_PORT: '0', MANAGEMENT_PORT: '0', LOG_LEVEL: 'debug' });
const json = { 'content-type': 'application/json' };

describe('createApp', () => {
  const lines: string[] = [];
  let app: NestFastifyApplication;
  let logger: Logger;

  beforeAll(async () => {
    // Not debug: the spec about request lines changes the level of an application that was started so.
    logger = createLogger({ name: 'test', level: 'info', destination: { write: (text) => lines.push(text) } });
    app = await createApp(ThingsModule as Type, config, { logger });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  const post = (payload: string | Buffer, headers: Record<string, string> = json, url = '/things') =>
    app.inject({ method: 'POST', url, payload, headers });

  const good = JSON.stringify({ lines: [{ sku: 'ABC-1', quantity: 2 }] });

  it('serves a valid request', async () => {
    const answer = await post(good);
    expect([answer.statusCode, answer.json()]).toEqual([201, { lines: 1 }]);
  });

  const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;
  it.each<
    [string, number, string, () => Promise<{ statusCode: number; headers: object; json: () => { code: string } }>]
  >([
    ['malformed JSON', 400, 'malformed-json', () => post('{"lines": [')],
    ['an empty body that claims to be JSON', 400, 'malformed-json', () => post('')],
    ['no body at all', 400, 'validation-failed', () => app.inject({ method: 'POST', url: '/things' })],
    ['a __proto__ key', 400, 'malformed-json', () => post('{"lines":[],"__proto__":{"admin":true}}')],
    [
      'a constructor.prototype key',
      400,
      'malformed-json',
      () => post('{"lines":[],"constructor":{"prototype":{"a":1}}}'),
    ],
    ['a field called constructor', 400, 'validation-failed', () => post('{"lines":[],"constructor":1}')],
    ['a field called prototype', 400, 'validation-failed', () => post('{"lines":[],"prototype":{}}')],
    [
      'a nested __proto__ key',
      400,
      'malformed-json',
      () => post('{"lines":[{"sku":"ABC","quantity":1,"__proto__":{}}]}'),
    ],
    ['10 000 levels', 400, 'validation-failed', () => post(deep)],
    [
      'a number too large for a double',
      400,
      'validation-failed',
      () => post('{"lines":[{"sku":"ABC","quantity":1e400}]}'),
    ],
    ['plain text', 415, 'unsupported-media-type', () => post('hello', { 'content-type': 'text/plain' })],
    [
      'a form',
      415,
      'unsupported-media-type',
      () => post('a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
    ],
    ['XML', 415, 'unsupported-media-type', () => post('<a/>', { 'content-type': 'application/xml' })],
    ['a nonsense content type', 415, 'unsupported-media-type', () => post('{}', { 'content-type': ';;;' })],
    ['a body over 1 MiB', 413, 'body-too-large', () => post(JSON.stringify({ lines: 'x'.repeat(1024 * 1024) }))],
    ['an unknown route', 404, 'route-not-found', () => app.inject('/nowhere')],
    ['a malformed address', 400, 'malformed-url', () => app.inject('/things/%ff')],
    ['an over-long parameter', 400, 'malformed-url', () => app.inject(`/things/${'x'.repeat(3_000)}`)],
    ['a wrong path parameter', 400, 'validation-failed', () => app.inject('/things/7')],
    ['a wrong query', 400, 'validation-failed', () => app.inject('/things?page=0')],
    ['an unknown query field', 400, 'validation-failed', () => app.inject('/things?limit=1')],
    ['a repeated query field', 400, 'validation-failed', () => app.inject('/things?page=1&page=2')],
    ['a coded error', 409, 'price-changed', () => app.inject('/fail/coded')],
    ['a domain error of the same shape', 404, 'order-not-found', () => app.inject('/fail/domain')],
    ['an unknown error', 500, 'internal-error', () => app.inject('/fail/bug')],
    ['a thrown string', 500, 'internal-error', () => app.inject('/fail/string')],
  ])('answers %s with %i %s', async (_what, status, code, send) => {
    const answer = await send();
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(answer.headers).toMatchObject({ 'content-type': expect.stringContaining('application/problem+json') });
    expect(answer.json()).toMatchObject({
      type: `https://souk.dev/problems/${code}`,
      status,
      title: expect.any(String),
    });
  });

  it('names wrong and unknown fields by path', async () => {
    const answer = await post(JSON.stringify({ lines: [{ sku: 'A', quantity: 0, colour: 'red' }], coupon: 1 }));
    const paths = answer.json<{ errors: { path: string }[] }>().errors.map(({ path }) => path);
    expect(paths.sort()).toEqual(['coupon', 'lines.0.colour', 'lines.0.quantity', 'lines.0.sku']);
  });

  it('keeps the answer small however many fields are wrong', async () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`field${i}`, 1]));
    const answer = await post(JSON.stringify({ ...many, lines: [] }));
    expect([answer.statusCode, answer.body.length < 10_000]).toEqual([400, true]);
  });

  it('never leaks the message of an unknown error, but logs it with its stack and trace', async () => {
    const answer = await app.inject('/fail/bug');
    expect(answer.body).not.toContain('hunter2');
    const logged = lines.findLast((text) => text.includes('hunter2')) ?? '';
    expect(JSON.parse(logged)).toMatchObject({
      msg: 'request failed',
      traceId: answer.json().traceId,
      err: { stack: expect.any(String) },
    });
  });

  it.each<[string, string, () => Promise<{ statusCode: number; json: () => object }>]>([
    ['a query that nobody reads', 'x', () => app.inject('/context?x=1')],
    ['a query of a route with a body', 'x', () => post(good, json, '/things?x=1')],
    ['a body that nobody reads', 'a', () => post('{"a":1}', json, '/nothing')],
  ])('refuses %s, naming the field', async (_what, path, send) => {
    const answer = await send();
    expect([answer.statusCode, answer.json()]).toMatchObject([
      400,
      { code: 'validation-failed', errors: [{ path, message: 'unknown field' }] },
    ]);
  });

  it('takes an empty body, or none, where none is read', async () => {
    expect((await post('[1]', json, '/nothing')).statusCode).toBe(400);
    expect((await post('{}', json, '/nothing')).statusCode).toBe(201);
    expect((await app.inject({ method: 'POST', url: '/nothing' })).statusCode).toBe(201);
  });

  it('names the path that the gateway says its caller knows', async () => {
    const headers = { 'x-souk-public-path': '/api/fail/coded' };
    expect((await app.inject({ url: '/fail/coded?x=1', headers })).json()).toMatchObject({
      instance: '/api/fail/coded',
    });
    expect((await app.inject('/fail/coded')).json()).toMatchObject({ instance: '/fail/coded' });
  });

  it('sends Retry-After with an unavailable answer', async () => {
    const answer = await app.inject('/fail/busy');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '3']);
  });

  it('carries trace and correlation id through a request', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await app.inject({ url: '/context', headers: { traceparent, 'x-correlation-id': 'c-42' } });
    expect(answer.json()).toMatchObject({ correlationId: 'c-42', traceId: '0af7651916cd43dd8448eb211c80319c' });
    const behindBody = await post('{}', { ...json, 'x-correlation-id': 'c-43' }, '/echo-context');
    expect(behindBody.json()).toEqual({ correlationId: 'c-43' });
  });

  it('makes ids of its own for senseless ones', async () => {
    const answer = await app.inject({
      url: '/context',
      headers: { traceparent: 'x', 'x-correlation-id': 'a b\u00e9'.repeat(50) },
    });
    expect(answer.json()).toMatchObject({
      correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('refuses a flood of headers instead of overlooking some', async () => {
    const headers = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`x-${i}`, '1']));
    const answer = await app.inject({ url: '/context', headers });
    expect([answer.statusCode, answer.json().code]).toEqual([431, 'too-many-headers']);
  });

  it('writes one line a request at debug, also when the level changes while it runs', async () => {
    const requestLines = async (level: string, url: string): Promise<object[]> => {
      setLogLevel(logger, level);
      const before = lines.length;
      await app.inject(url);
      return lines.slice(before).map((text) => JSON.parse(text));
    };
    try {
      expect(await requestLines('info', '/things?page=2')).toEqual([]);
      expect(await requestLines('debug', '/things?page=3')).toMatchObject([
        { msg: 'request', method: 'GET', path: '/things', status: 200, ms: expect.any(Number) },
      ]);
    } finally {
      setLogLevel(logger, 'info');
    }
  });

  it('sets limits for slow clients', () => {
    const server = app.getHttpServer() as Record<'headersTimeout' | 'requestTimeout' | 'keepAliveTimeout', number>;
    expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 });
  });
});
