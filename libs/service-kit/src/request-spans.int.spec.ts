import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module, Param, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { baseEnv, loadConfig } from '@souk/config';
import { currentSpan, startTelemetry, type Telemetry } from '@souk/observability';
import { OtlpSink, type ReceivedSpan, waitFor } from '@souk/testing';
import type { FastifyReply } from 'fastify';
import { createApp } from './create-app.js';

const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

@Controller('things')
class ThingsController {
  @Get('hang')
  hang(): Promise<never> {
    return new Promise(() => undefined);
  }

  @Get('raw')
  raw(@Res() reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(503).end('{}');
  }

  @Get(':id')
  find(@Param('id') id: string): object {
    currentSpan()?.setAttribute('thing', id);
    if (id === 'broken') throw new Error('broken');
    return { id };
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

describe('the span of a request', () => {
  let sink: OtlpSink;
  let telemetry: Telemetry;
  let app: NestFastifyApplication;
  let url: string;

  beforeAll(async () => {
    sink = await OtlpSink.start();
    telemetry = await startTelemetry({
      tracesPerSecond: Infinity,
      serviceName: 'things',
      endpoint: sink.url,
      logger: { warn: () => undefined },
    });
    const env = { HTTP_PORT: '0', MANAGEMENT_PORT: '0', LOG_LEVEL: 'silent' };
    app = await createApp(ThingsModule, loadConfig(baseEnv, env));
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${((app.getHttpServer() as { address(): unknown }).address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await app.close();
    await telemetry.shutdown();
    await sink.stop();
  });
  beforeEach(() => void sink.spans.splice(0));

  const span = (): Promise<ReceivedSpan> => waitFor(async () => sink.spans[0], { what: 'a span at the receiver' });

  it('is named by its route and continues the trace of the caller', async () => {
    await fetch(`${url}/things/7`, { headers: { traceparent: CALLER } });
    expect(await span()).toMatchObject({
      name: 'GET /things/:id',
      kind: 2,
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      status: 0,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/things/:id',
        'http.response.status_code': 200,
        'url.path': '/things/7',
        thing: '7',
      },
    });
  });

  it('begins a trace without a caller’s, and has no route where there is none', async () => {
    await fetch(`${url}/nothing?token=secret`);
    expect(await span()).toMatchObject({ name: 'GET', parentSpanId: '', status: 0 });
    expect(JSON.stringify(sink.spans)).not.toContain('secret');
  });

  it.each(['broken', 'raw'])('is failed when the answer is ours to be ashamed of (%s)', async (path) => {
    await fetch(`${url}/things/${path}`);
    const { status, attributes } = await span();
    expect([status, attributes['error.type']]).toEqual([2, String(attributes['http.response.status_code'])]);
  });

  it('ends when the caller goes', async () => {
    const call = request(`${url}/things/hang`);
    call.on('error', () => undefined).end();
    setTimeout(() => call.destroy(), 50);
    const { status, attributes } = await span();
    expect([status, attributes['souk.caller.gone']]).toEqual([0, true]);
    expect(attributes).not.toHaveProperty('http.response.status_code');
  });
});
