import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError } from '@souk/http';
import { Metrics } from '@souk/observability';
import type { FastifyInstance } from 'fastify';
import { ClientAddresses } from '../offloading/client-address.js';
import { Refusals } from './refusals.js';

type OnError = (request: object, reply: object, error: Error, done: () => void) => void;

describe('the audit of what was turned away', () => {
  let metrics: Metrics;
  let lines: Record<string, unknown>[];
  let now: number;
  let refusals: Refusals;
  let server: EventEmitter;
  let onError: OnError;
  beforeEach(() => {
    [metrics, lines, now, server] = [new Metrics(), [], 100, new EventEmitter()];
    refusals = new Refusals({
      metrics,
      logger: { warn: (fields: object, what: string) => lines.push({ ...fields, what }) } as never,
      clients: new ClientAddresses(['10.0.0.0/8']),
      now: () => now,
    });
    const addHook = (_name: string, hook: OnError) => void (onError = hook);
    refusals.hook({ decorateRequest: () => undefined, addHook, server } as unknown as FastifyInstance);
  });
  const aRequest = () => ({
    method: 'POST',
    headers: { 'x-forwarded-for': '203.0.113.9' },
    raw: { url: '/api/orders?token=secret', socket: { remoteAddress: '10.0.0.1' } },
    wentIn: false,
  });
  const fail = (code: string, { request = aRequest(), hasLeft = false } = {}) =>
    onError(request, { raw: { destroyed: hasLeft } }, new CodedError('invalid', code, ''), () => undefined);
  const counts = (name: string): string[] =>
    metrics
      .render()
      .split('\n')
      .filter((line) => line.startsWith(name))
      .map((line) => line.replace(name, ''));
  const socket = { remoteAddress: '203.0.113.7', destroyed: false };
  const parserSays = (code: string, from: object = socket) =>
    server.emit('clientError', Object.assign(new Error('no'), { code }), from);

  it('GK-11 counts each by its code, and tells whose it was: the client, not the balancer in front, and no query', () => {
    fail('path-refused');
    fail('path-refused');
    onError(aRequest(), { raw: {} }, new Error('a fault'), () => undefined);
    expect(counts('souk_gatekeeper_refused_total')).toEqual(['{code="path-refused"} 2', '{code="error"} 1']);
    expect(lines[0]).toEqual({
      what: 'refused',
      code: 'path-refused',
      method: 'POST',
      path: '/api/orders',
      client: '203.0.113.9',
    });
    expect(counts('souk_gatekeeper_passed_total')).toEqual([' 0']);
  });

  it('GK-11 what went in was not refused, whatever became of it', () => {
    const request = aRequest();
    refusals.passed(request);
    fail('upstream-unavailable', { request });
    expect(counts('souk_gatekeeper_passed_total')).toEqual([' 1']);
    expect(counts('souk_gatekeeper_refused_total')).toEqual([]);
    expect(counts('souk_gatekeeper_unanswered_total')).toEqual(['{code="upstream-unavailable"} 1']);
    expect(lines).toMatchObject([{ what: 'unanswered', code: 'upstream-unavailable', client: '203.0.113.9' }]);
  });

  it('GK-11 who left is no fault of the gateway', () => {
    const request = aRequest();
    refusals.passed(request);
    fail('upstream-timeout', { request, hasLeft: true });
    expect([counts('souk_gatekeeper_unanswered_total'), lines]).toEqual([[], []]);
  });

  it('GK-11 counts what the parser refused, and nobody who hung up', () => {
    for (const code of ['HPE_INVALID_METHOD', 'ERR_HTTP_REQUEST_TIMEOUT', 'ECONNRESET', 'EPIPE']) parserSays(code);
    parserSays('HPE_INVALID_METHOD', { ...socket, destroyed: true });
    expect(counts('souk_gatekeeper_refused_total')).toEqual(['{code="unreadable"} 2']);
    expect(lines).toMatchObject([
      { what: 'refused', code: 'unreadable', why: 'HPE_INVALID_METHOD', client: '203.0.113.7' },
      { why: 'ERR_HTTP_REQUEST_TIMEOUT' },
    ]);
  });

  it('GK-11 hears of it before the connection is closed by who answers', () => {
    const before = new EventEmitter();
    const order: string[] = [];
    before.on('clientError', () => order.push('answered'));
    const logger = { warn: () => order.push('told') } as never;
    const own = new Refusals({ metrics, logger, clients: new ClientAddresses(), now: () => now });
    own.hook({
      decorateRequest: () => undefined,
      addHook: () => undefined,
      server: before,
    } as unknown as FastifyInstance);
    before.emit('clientError', Object.assign(new Error('no'), { code: 'HPE_INVALID_METHOD' }), socket);
    expect(order).toEqual(['told', 'answered']);
  });

  it('GK-11 tells twenty in a second, counts all', () => {
    for (let times = 0; times < 100; times += 1) fail('path-refused');
    expect([lines.length, counts('souk_gatekeeper_refused_total')]).toEqual([20, ['{code="path-refused"} 100']]);
    now += 1;
    fail('path-refused');
    expect(lines.length).toBe(21);
  });
});
