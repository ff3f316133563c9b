import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { aDefinition, anAmbassador, type TestAmbassador } from './test/ambassador.mother.js';
import { codeOf, httpCall } from './test/http-call.js';
import { ScriptedUpstream } from './test/scripted-upstream.js';

let upstream: ScriptedUpstream;
let url: string;
let amb: TestAmbassador;

const start = async (settings: object = {}): Promise<void> => {
  amb = anAmbassador();
  await amb.ambassador.apply([aDefinition(url, settings)]);
};
const call = (path: string, options: Parameters<typeof httpCall>[2] = {}) => httpCall(amb.port(), path, options);
const post = () => call('/payments', { method: 'POST', body: '{}' });

beforeEach(async () => {
  upstream = new ScriptedUpstream();
  url = await upstream.open();
});
afterEach(async () => {
  upstream.close();
  await amb.ambassador.close();
});

describe('what passes through', () => {
  it('path, query, body, status, headers', async () => {
    await start();
    upstream.script = () => ({ status: 207, headers: { 'x-own': 'b', etag: '"1"' }, body: 'äöü' });
    const answer = await call('/a%20b?c=d&e', { method: 'PUT', headers: { 'x-given': 'a' }, body: 'ß' });
    expect(upstream.calls[0]).toMatchObject({ method: 'PUT', path: '/a%20b?c=d&e', body: 'ß' });
    expect(upstream.calls[0]?.headers).toMatchObject({ 'x-given': 'a', host: new URL(url).host });
    expect(answer).toMatchObject({ status: 207, body: 'äöü', headers: { 'x-own': 'b', etag: '"1"' } });
  });

  it('the length in answers to HEAD', async () => {
    await start();
    upstream.script = () => ({ status: 200, headers: { 'content-length': '99' } });
    expect((await call('/x', { method: 'HEAD' })).headers['content-length']).toBe('99');
  });

  it('long and unmeasured answers, as they come', async () => {
    await start();
    const long = 'x'.repeat(3_000_000);
    upstream.script = () => ({ status: 200, body: long });
    expect((await call('/x')).body).toBe(long);
    upstream.script = () => (response) => {
      response.write('one');
      setTimeout(() => response.end('two'), 20);
    };
    expect((await call('/x')).body).toBe('onetwo');
    upstream.script = () => ({ status: 500, body: long });
    expect((await call('/x')).body).toBe(long);
  });

  it.each([200, 503])('AMB-2 long answers (%i), which keep their places until they end', async (status) => {
    await start({ bulkhead: { concurrent: 2, queue: 0 } });
    const held: ServerResponse[] = [];
    upstream.script = (index) => {
      if (index >= 2) return 200;
      return (response) => {
        response.writeHead(status, status === 503 ? { 'content-length': '100001' } : {}).write('x'.repeat(100_000));
        held.push(response);
      };
    };
    const long = [call('/x'), call('/x')];
    await waitFor(() => held.length === 2, { what: 'both to have begun' });
    await waitFor(async () => codeOf(await post()) === 'upstream-saturated', { what: 'no place to be left' });
    const asked = upstream.calls.length;
    expect([codeOf(await post()), upstream.calls.length]).toEqual(['upstream-saturated', asked]);
    for (const response of held) response.end('x');
    expect((await Promise.all(long)).map((answer) => answer.status)).toEqual([status, status]);
    expect((await post()).status).toBe(200);
  });

  it('AMB-4 a long answer for as long as the caller waits', async () => {
    await start();
    upstream.script = () => (response) => response.write('x'.repeat(100_000));
    const began = performance.now();
    await expect(call('/x', { headers: { 'x-deadline-ms': '1000' } })).rejects.toThrow(/aborted|hang up|closed/);
    expect(performance.now() - began).toBeLessThan(2_000);
    await waitFor(() => upstream.abandoned === 1, { what: 'the call upstream to end' });
  });

  it('an answer that breaks off as one that breaks off; a short one is asked for again', async () => {
    await start();
    upstream.script = () => (response) => {
      response.writeHead(200, { 'content-length': '3000000' });
      response.write('x'.repeat(100_000), () => response.destroy());
    };
    await expect(call('/x')).rejects.toThrow(/aborted|hang up|closed/);
    upstream.script = (index) =>
      index > 1
        ? 200
        : (response) => {
            response.writeHead(200, { 'content-length': '30' });
            response.write('x', () => response.destroy());
          };
    expect((await call('/x')).headers['x-amb-attempts']).toBe('2');
  });

  it('the caller’s going away', async () => {
    await start({ timeoutMs: 5_000 });
    upstream.script = () => 'hang';
    const leaving = new AbortController();
    const answer = call('/x', { signal: leaving.signal });
    await waitFor(() => upstream.calls.length === 1, { what: 'the call to arrive' });
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await waitFor(() => upstream.abandoned === 1, { what: 'the call upstream to end' });
    await waitFor(() => amb.lines.some((line) => line['outcome'] === 'cancelled'), {
      what: 'its line',
    });
    expect(amb.ambassador.states()).toEqual([{ name: 'payment', circuit: 'closed' }]);
  });

  it('trace and correlation id, as they came where no span is recorded', async () => {
    await start();
    const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await call('/x', { headers: { traceparent: given, tracestate: 'a=b', 'x-correlation-id': 'mine' } });
    const { traceparent, tracestate, 'x-correlation-id': correlationId } = upstream.calls[0]?.headers ?? {};
    expect([traceparent, tracestate, correlationId]).toEqual([given, 'a=b', 'mine']);
  });

  it('AMB-2 with one line in the log: of what failed by default, of the rest when debugging, and never the query', async () => {
    await start();
    await call('/good?secret=1');
    upstream.script = () => 503;
    await post();
    const lines = amb.lines.filter(({ msg }) => msg === 'request');
    expect(lines).toMatchObject([
      { level: 20, upstream: 'payment', method: 'GET', path: '/good', status: 200, outcome: 'ok', attempts: 1 },
      { level: 30, upstream: 'payment', method: 'POST', status: 503, outcome: 'fault', attempts: 1, circuit: 'closed' },
    ]);
    expect(JSON.stringify(amb.lines)).not.toContain('secret');
  });
});

it('serves many requests on one connection', async () => {
  await start();
  const socket = connect(amb.port(), '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
  for (let index = 1; index <= 3; index++) {
    socket.write('POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi');
    await waitFor(() => received.split('HTTP/1.1 200').length === index + 1, { what: 'an answer' });
  }
  socket.destroy();
  await once(socket, 'close');
  expect(upstream.calls.map(({ body }) => body)).toEqual(['hi', 'hi', 'hi']);
});
