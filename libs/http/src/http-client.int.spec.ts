import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  currentContext,
  newTraceparent,
  parseTraceparent,
  runInContext,
  startTelemetry,
  withSpan,
} from '@souk/observability';
import { OtlpSink } from '@souk/testing';
import { z } from 'zod';
import { createHttpClient, type HttpClient } from './http-client.js';

describe('http client', () => {
  let server: Server;
  let client: HttpClient;

  const against = async (listener: RequestListener, options = {}): Promise<void> => {
    server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = createHttpClient({
      name: 'payment',
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...options,
    });
  };
  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const get = () => client.request({ method: 'GET', path: '/' });

  it('sends objects as JSON with trace and correlation id, and checks the answer', async () => {
    await against((request, response) => {
      request.resume();
      response.end(JSON.stringify({ headers: request.headers }));
    });
    const traceparent = newTraceparent();
    const { traceId } = parseTraceparent(traceparent) ?? { traceId: '' };
    const schema = z.object({ headers: z.record(z.string(), z.string()) });
    const { data } = await runInContext({ traceparent, traceId, correlationId: 'c-1' }, () =>
      client.json(schema, { method: 'POST', path: '/x', body: { a: 1 } }),
    );
    expect(data.headers).toMatchObject({
      'content-type': 'application/json',
      'x-correlation-id': 'c-1',
      traceparent: expect.stringContaining(traceId),
    });
  });

  describe('with tracing', () => {
    let sink: OtlpSink;
    const tracing = async (work: () => Promise<unknown>): Promise<void> => {
      sink = await OtlpSink.start();
      const logger = { warn: () => undefined };
      const telemetry = await startTelemetry({
        tracesPerSecond: Infinity,
        serviceName: 'order',
        endpoint: sink.url,
        logger,
      });
      await work();
      await telemetry.shutdown();
      await sink.stop();
    };

    it('each try is a span of the request, and its parent on the other side', async () => {
      const seen: unknown[] = [];
      await against((request, response) => {
        seen.push(request.headers['traceparent']);
        response.end('{}');
      });
      const path = '/payments?secret=1';
      await tracing(() =>
        withSpan('work', {}, async (work) => {
          await client.json(z.object({}), { method: 'POST', path, body: {} });
          expect(currentContext()?.span).toBe(work);
        }),
      );
      const [span, work] = [sink.named('POST payment')[0], sink.named('work')[0]];
      expect(span).toMatchObject({
        parentSpanId: work?.spanId,
        kind: 3,
        status: 0,
        attributes: { 'http.request.method': 'POST', 'server.address': '127.0.0.1' },
      });
      expect(span?.attributes['url.full']).toMatch(/\/payments$/);
      expect(seen).toEqual([expect.stringContaining(span?.spanId ?? 'none')]);
    });

    it('a refusal and a lost connection are failed spans', async () => {
      await against((request, response) =>
        request.url === '/no' ? void response.writeHead(404).end() : void request.socket.destroy(),
      );
      await tracing(() =>
        withSpan('work', {}, async () => {
          await client.request({ method: 'GET', path: '/no' });
          await get().catch(() => undefined);
        }),
      );
      const told = sink.named('GET payment').map(({ status, attributes }) => [status, attributes['error.type']]);
      expect(told).toEqual([
        [2, '404'],
        [2, 'upstream-unavailable'],
      ]);
    });

    it('a call on nobody’s behalf belongs to no trace', async () => {
      await against((request, response) => response.end(JSON.stringify(request.headers)));
      await tracing(async () => {
        const { data } = await client.json(z.record(z.string(), z.string()), { method: 'GET', path: '/' });
        expect(data).not.toHaveProperty('traceparent');
      });
      expect(sink.spans).toEqual([]);
    });
  });

  it('does not take an error status for a fault', async () => {
    await against((_request, response) => void response.writeHead(500).end());
    expect((await get()).status).toBe(500);
  });

  it('calls an unexpected body upstream-invalid', async () => {
    await against((_request, response) => void response.end('<html>'));
    await expect(client.json(z.object({}), { method: 'GET', path: '/' })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'upstream-invalid',
    });
  });

  it('calls a lost connection upstream-unavailable', async () => {
    await against((request) => void request.socket.destroy());
    await expect(get()).rejects.toMatchObject({ kind: 'unavailable', code: 'upstream-unavailable' });
  });

  it('calls slow headers, an aborted call and a stalled body upstream-timeout', async () => {
    await against(
      (request, response) => {
        if (request.url === '/stall') response.writeHead(200).write('{');
      },
      { headersTimeoutMs: 100, bodyTimeoutMs: 100 },
    );
    const timeout = expect.objectContaining({ kind: 'timeout', code: 'upstream-timeout' });
    await expect(get()).rejects.toEqual(timeout);
    await expect(client.request({ method: 'GET', path: '/', signal: AbortSignal.timeout(20) })).rejects.toEqual(
      timeout,
    );
    await expect(client.json(z.object({}), { method: 'GET', path: '/stall' })).rejects.toEqual(timeout);
  });
});
