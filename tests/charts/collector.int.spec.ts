import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort } from '@souk/testing';
import { parse } from 'yaml';
import { ROOT } from './helm.ts';

const FILE = join(ROOT, 'charts/service/files/collector.yaml');
const { SOUK_OTELCOL, PATH = '' } = process.env;
const onPath = PATH.split(delimiter).flatMap((folder) =>
  ['otelcol-contrib', 'otelcol'].map((name) => join(folder, name)),
);
const binary = [SOUK_OTELCOL ?? '', ...onPath].find((path) => path !== '' && existsSync(path));

interface Config {
  receivers: { otlp: { protocols: Record<string, { endpoint: string }> } };
  exporters: { otlp_http: { sending_queue: Record<string, unknown>; retry_on_failure: { max_elapsed_time: string } } };
  service: { pipelines: { traces: { processors: string[] } } };
}

describe('the configuration of the collector', () => {
  const config = parse(readFileSync(FILE, 'utf8')) as Config;

  it('limits memory before anything else, and what waits to be sent', () => {
    expect(config.service.pipelines.traces.processors[0]).toBe('memory_limiter');
    expect(config.exporters.otlp_http.sending_queue).toMatchObject({ sizer: 'bytes', queue_size: 8 * 2 ** 20 });
    expect(config.exporters.otlp_http.retry_on_failure.max_elapsed_time).toBe('60s');
  });

  it('SCR-2: listens on localhost unless told otherwise', () => {
    const endpoints = Object.values(config.receivers.otlp.protocols).map(({ endpoint }) => endpoint);
    expect(endpoints.filter((endpoint) => !endpoint.includes(':-127.0.0.1:'))).toEqual([]);
  });
});

/** What the trace store would get: the names of spans with the attributes of their resource. */
class Sink {
  readonly spans = new Map<string, Record<string, string>>();
  readonly #server: Server = createServer((request, response) => {
    void this.#take(request).then(() => response.setHeader('content-type', 'application/json').end('{}'));
  });

  async listen(port = 0): Promise<number> {
    await once(this.#server.listen(port, '127.0.0.1'), 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #take(request: AsyncIterable<Buffer> & { headers: Record<string, unknown> }): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
    for (const { resource, scopeSpans } of (JSON.parse(text) as Otlp).resourceSpans) {
      const attributes = resource.attributes.map(({ key, value }) => [key, value.stringValue] as const);
      for (const { name } of scopeSpans.flatMap(({ spans }) => spans))
        this.spans.set(name, Object.fromEntries(attributes));
    }
  }
}

interface Otlp {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue: string } }[] };
    readonly scopeSpans: readonly { readonly spans: readonly { name: string }[] }[];
  }[];
}

const spanOf = (name: string): object => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'order' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: '5b8efff798038103d269b633813fc60c',
              spanId: 'eee19b7ec3c1b174',
              name,
              kind: 2,
              startTimeUnixNano: '1544712660000000000',
              endTimeUnixNano: '1544712661000000000',
            },
          ],
        },
      ],
    },
  ],
});

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + 15_000; performance.now() < deadline; await sleep(50))
    if (await condition()) return;
  throw new Error(`waited 15 s for ${what}`);
}

if (binary === undefined) {
  console.log('charts: the collector was not run (no binary; set SOUK_OTELCOL, or put otelcol-contrib on PATH)');
} else {
  describe('the collector with it', () => {
    const running: { child?: ChildProcess; sink?: Sink } = {};
    afterEach(() => {
      running.child?.kill('SIGKILL');
      running.sink?.close();
    });

    async function start(sinkPort: number): Promise<{ child: ChildProcess; send: (name: string) => Promise<number> }> {
      const [otlp, grpc, health, metrics] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
      const env = {
        TRACES_ENDPOINT: `http://127.0.0.1:${sinkPort}`,
        OTLP_LISTEN: `127.0.0.1:${otlp}`,
        OTLP_GRPC_LISTEN: `127.0.0.1:${grpc}`,
        HEALTH_LISTEN: `127.0.0.1:${health}`,
        METRICS_HOST: '127.0.0.1',
        METRICS_PORT: String(metrics),
        POD_NAME: 'order-1',
        POD_NAMESPACE: 'souk',
      };
      const child = spawn(binary ?? '', ['--config', FILE], { env, stdio: 'ignore' });
      running.child = child;
      const status = (url: string, init?: RequestInit) =>
        fetch(url, init).then(
          (answer) => answer.status,
          () => 0,
        );
      await until('the collector', async () => (await status(`http://127.0.0.1:${health}`)) === 200);
      const headers = { 'content-type': 'application/json' };
      const send = (name: string) =>
        status(`http://127.0.0.1:${otlp}/v1/traces`, { method: 'POST', headers, body: JSON.stringify(spanOf(name)) });
      return { child, send };
    }

    it('adds the pod to what it sends on', async () => {
      const sink = (running.sink = new Sink());
      const { send } = await start(await sink.listen());
      expect(await send('here')).toBe(200);
      await until('the span', () => sink.spans.has('here'));
      expect(sink.spans.get('here')).toEqual({
        'service.name': 'order',
        'k8s.pod.name': 'order-1',
        'k8s.namespace.name': 'souk',
        'k8s.node.name': 'none',
      });
    });

    it('takes spans while the trace store is away, and sends them when it is back', async () => {
      const port = await freePort();
      const { send } = await start(port);
      expect(await send('early')).toBe(200);
      const sink = (running.sink = new Sink());
      await sink.listen(port);
      await until('the span', () => sink.spans.has('early'));
    });

    it('SCR-9: sends what it has when it is asked to stop', async () => {
      const sink = (running.sink = new Sink());
      const { child, send } = await start(await sink.listen());
      expect(await send('last')).toBe(200);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      expect([...sink.spans.keys()]).toEqual(['last']);
    });
  });
}
