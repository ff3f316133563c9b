import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startTelemetry, withSpan } from '@souk/observability';
import { OtlpSink, waitFor } from '@souk/testing';
import { createHttpClient, type HttpClient, type HttpClientOptions } from './http-client.js';

const GET = { method: 'GET', path: '/' } as const;
const until = (what: string, condition: () => boolean) =>
  waitFor(async () => condition() || undefined, { timeoutMs: 5_000, what });
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe('an exchange', () => {
  const servers: Server[] = [];
  let client: HttpClient;

  const serve = async (listener: RequestListener): Promise<Server> => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  const against = async (listener: RequestListener, options: Partial<HttpClientOptions> = {}): Promise<Server> => {
    const server = await serve(listener);
    client = createHttpClient({ name: 'catalog', baseUrl: `http://127.0.0.1:${portOf(server)}`, ...options });
    return server;
  };
  afterEach(async () => {
    for (const server of servers) server.closeAllConnections();
    await client.close();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  /** A door that passes everything on, and the answer that a caller gets at it. */
  const throughADoor = async (): Promise<IncomingMessage> => {
    const door = await serve(async (_request, response) => {
      const { status, headers, body } = await client.request(GET);
      response.writeHead(status, { 'content-type': String(headers['content-type']) });
      await body.sendTo(response);
    });
    return new Promise((resolve, reject) =>
      get({ port: portOf(door), host: '127.0.0.1' }, resolve).on('error', reject),
    );
  };
  const read = async (incoming: IncomingMessage): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };

  it('brings status, headers and body', async () => {
    await against((_request, response) => void response.writeHead(404, { etag: '"3"' }).end('no such thing'));
    const { status, headers, body } = await client.request(GET);
    expect([status, headers['etag'], await body.text()]).toEqual([404, '"3"', 'no such thing']);
  });

  it('sends method, path, headers and body', async () => {
    await against(async (request, response) => {
      const body = (await read(request)).toString();
      response.end(JSON.stringify([request.method, request.url, request.headers['x-a'], body]));
    });
    const call = { method: 'POST', path: '/x?y=1', headers: { 'x-a': 'b' }, body: Buffer.from('bytes') };
    expect(JSON.parse(await (await client.request(call)).body.text())).toEqual(['POST', '/x?y=1', 'b', 'bytes']);
  });

  it('an interim answer is not the answer', async () => {
    await against((_request, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.end('the answer');
    });
    const { status, body } = await client.request(GET);
    expect([status, await body.text()]).toEqual([200, 'the answer']);
  });

  it.each([1, 64 * 1024 + 1, 5_000_000])('passes %i bytes on', async (size) => {
    const bytes = Buffer.alloc(size, 'abcdefg');
    await against((_request, response) => void response.end(bytes));
    expect((await read(await throughADoor())).equals(bytes)).toBe(true);
  });

  it('a body is there for who reads it later, and only once', async () => {
    const bytes = Buffer.alloc(1_000_000, 'x');
    await against((_request, response) => void response.end(bytes));
    const { body } = await client.request(GET);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await body.bytes()).equals(bytes)).toBe(true);
    await expect(body.bytes()).rejects.toThrow('read already');
  });

  it('a slow caller holds the service back instead of filling the memory between them', async () => {
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024);
    await against(async (_request, response) => {
      response.on('error', () => undefined);
      const gone = once(response, 'close');
      for (let index = 0; index < 1_600 && !response.destroyed; index++) {
        sent += chunk.length;
        if (!response.write(chunk)) await Promise.race([once(response, 'drain'), gone]);
      }
      response.end();
    });
    const incoming = await throughADoor();
    incoming.pause();
    let [before, still] = [-1, 0];
    // Once nothing moves any more, what was sent sits in the buffers of four sockets.
    await until('the flow to stop', () => {
      still = sent === before ? still + 1 : 0;
      before = sent;
      return still === 15;
    });
    expect(sent).toBeLessThan(60_000_000);
    expect((await read(incoming)).length).toBe(1_600 * chunk.length);
  });

  it('an event stream begins at once, and ends with the caller', async () => {
    const ended = new Promise<void>((resolve) => {
      void against((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        response.on('close', resolve);
      });
    });
    await until('the server', () => servers.length > 0 && servers[0]?.listening === true);
    const incoming = await throughADoor();
    expect(incoming.headers['content-type']).toBe('text/event-stream');
    incoming.destroy();
    await ended;
  });

  it.each(['/endless', '/whole'])('who left before %s was sent to them frees the connection', async (path) => {
    await against(
      (request, response) => {
        if (request.url === '/') return void response.end('ok');
        response.writeHead(200).write(Buffer.alloc(1_000_000));
        if (request.url === '/whole') response.end();
      },
      { connections: 1 },
    );
    const door = await serve(async (_request, response) => {
      const { body } = await client.request({ ...GET, path });
      response.destroy();
      await once(response, 'close');
      await body.sendTo(response);
    });
    await expect(fetch(`http://127.0.0.1:${portOf(door)}`)).rejects.toThrow();
    expect(await (await client.request({ ...GET, headersTimeoutMs: 2_000 })).body.text()).toBe('ok');
  });

  it('a cut answer is cut for the caller as well', async () => {
    await against((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      setTimeout(() => response.destroy(), 20);
    });
    await expect(read(await throughADoor())).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('a cut answer rejects who reads it, and breaks a stream of it', async () => {
    await against((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      setTimeout(() => response.destroy(), 20);
    });
    const gone = { code: 'upstream-unavailable', kind: 'unavailable' };
    await expect((await client.request(GET)).body.bytes()).rejects.toMatchObject(gone);
    const stream = (await client.request(GET)).body.stream();
    await expect(once(stream.resume(), 'end')).rejects.toMatchObject(gone);
  });

  it('as a stream, it is the same bytes; who destroys it ends the call', async () => {
    const bytes = Buffer.alloc(3_000_000, 'stream');
    let closed = 0;
    await against((request, response) => {
      response.on('close', () => (closed += 1));
      if (request.url === '/') response.end(bytes);
      else response.write('and then nothing');
    });
    const chunks: Buffer[] = [];
    for await (const chunk of (await client.request(GET)).body.stream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    (await client.request({ ...GET, path: '/endless' })).body.stream().destroy();
    await until('both to end', () => closed === 2);
  });

  it('abort ends it: before the answer, in the queue for a connection, in the middle of the body; not after', async () => {
    let asked = 0;
    let closed = 0;
    await against(
      (request, response) => {
        asked += 1;
        response.on('close', () => (closed += 1));
        if (request.url === '/begun') response.write('a');
        if (request.url === '/done') response.end('done');
      },
      { connections: 1 },
    );
    const hangUps = Array.from({ length: 5 }, () => new AbortController());
    const ask = (path: string, index: number) =>
      client.request({ ...GET, path, ...(hangUps[index] && { signal: hangUps[index].signal }) });
    const [silent, queued] = [ask('/silent', 0), ask('/queued', 1)];
    await until('the first call', () => asked === 1);
    const timeout = { code: 'upstream-timeout', kind: 'timeout' };
    hangUps[1]?.abort();
    await expect(queued).rejects.toMatchObject(timeout);
    hangUps[0]?.abort();
    await expect(silent).rejects.toMatchObject(timeout);
    await expect(ask('/late', 0)).rejects.toMatchObject(timeout);
    const reading = (await ask('/begun', 2)).body.bytes();
    hangUps[2]?.abort();
    await expect(reading).rejects.toMatchObject(timeout);
    const { body } = await ask('/done', 3);
    hangUps[3]?.abort();
    expect(await body.text()).toBe('done');
    await until('the others to end', () => closed === 3);
    // The one in the queue never went out, nor the one that came too late.
    expect(asked).toBe(3);
  });

  it('a dumped body ends the call; the next one goes through', async () => {
    let closed = 0;
    await against(
      (request, response) => {
        response.on('close', () => (closed += 1));
        if (request.url === '/') response.write('endless');
        else response.end('ok');
      },
      { connections: 1 },
    );
    (await client.request(GET)).body.dump();
    expect(await (await client.request({ ...GET, path: '/next' })).body.text()).toBe('ok');
    await until('both to end', () => closed === 2);
  });

  it('calls a lost connection upstream-unavailable, slow headers upstream-timeout', async () => {
    await against((request) => void (request.url === '/' && request.socket.destroy()));
    await expect(client.request(GET)).rejects.toMatchObject({ code: 'upstream-unavailable' });
    const slow = client.request({ ...GET, path: '/slow', headersTimeoutMs: 50 });
    await expect(slow).rejects.toMatchObject({ code: 'upstream-timeout' });
  });

  it('refuses headers that would become two', async () => {
    await against((_request, response) => void response.end());
    const smuggled = client.request({ ...GET, headers: { 'x-a': 'b\r\nx-c: d' } });
    await expect(smuggled).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('is a span of the work around it, where that is recorded', async () => {
    const seen: unknown[] = [];
    await against((request, response) => {
      seen.push(request.headers['traceparent']);
      response.writeHead(503).end();
    });
    const sink = await OtlpSink.start();
    const options = { tracesPerSecond: Infinity, serviceName: 'gateway', endpoint: sink.url };
    const telemetry = await startTelemetry({ ...options, logger: { warn: () => undefined } });
    await withSpan('work', {}, async () => (await client.request(GET)).body.text());
    await telemetry.shutdown();
    await sink.stop();
    const [span, work] = [sink.named('GET catalog')[0], sink.named('work')[0]];
    expect(span).toMatchObject({ parentSpanId: work?.spanId, kind: 3, status: 2 });
    expect(seen).toEqual([expect.stringContaining(span?.spanId ?? 'none')]);
  });
});
