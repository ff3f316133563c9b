import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CONFIG_EXIT_CODE } from '@souk/config';
import { freePort, OtlpSink, waitFor } from '@souk/testing';

/** Every test starts a process of its own, which takes a busy machine many times as long as another. */
const STARTS_WITHIN_MS = 60_000;
jest.setTimeout(2 * STARTS_WITHIN_MS);

const fixture = join(import.meta.dirname, '../dist/run-service.fixture.js');

describe('runService', () => {
  let child: ChildProcess;
  let output = '';
  let ended: Promise<unknown[]>;
  let api: string;
  let management: string;

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    const [http, probes] = [await freePort(), await freePort()];
    [api, management] = [`http://127.0.0.1:${http}`, `http://127.0.0.1:${probes}`];
    output = '';
    const given = { HTTP_PORT: String(http), MANAGEMENT_PORT: String(probes), ...env };
    child = spawn(process.execPath, [fixture, JSON.stringify(given)]);
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    ended = once(child, 'exit');
  };
  const says = (text: string) => waitFor(() => output.includes(text), { what: text, timeoutMs: STARTS_WITHIN_MS });
  const tell = (words: string) => child.stdin?.write(words);
  const probe = async (path: string): Promise<{ status: number; body: { status: string; checks?: object } }> => {
    const answer = await fetch(management + path);
    return { status: answer.status, body: (await answer.json()) as { status: string } };
  };
  const ready = () =>
    waitFor(async () => (await probe('/readyz')).status === 200, { what: 'readiness', timeoutMs: STARTS_WITHIN_MS });

  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  });

  it('serves, answers probes on a port of their own and nothing else there', async () => {
    await start();
    await ready();
    expect((await probe('/livez')).status).toBe(200);
    expect((await probe('/startupz')).body.status).toBe('started');
    expect((await probe('/readyz')).body).toMatchObject({ status: 'ready', checks: { database: { ok: true } } });
    expect((await probe('/slow')).status).toBe(404);
    expect((await fetch(`${api}/livez`)).status).toBe(404);
  });

  it('has no failpoints to arm unless it was started with them', async () => {
    await start();
    await ready();
    const put = await fetch(`${management}/failpoints`, { method: 'PUT', body: '{"spec":""}' });
    expect([(await probe('/failpoints')).status, put.status]).toEqual([404, 404]);
  });

  it('arms failpoints while it runs, where it was started with them', async () => {
    await start({ SOUK_FAILPOINTS: 'on' });
    await ready();
    tell('go');
    const arm = async (body: unknown) => {
      const answer = await fetch(`${management}/failpoints`, { method: 'PUT', body: JSON.stringify(body) });
      return { status: answer.status, body: (await answer.json()) as unknown };
    };
    const slow = { name: 'fixture.slow', description: expect.any(String), hits: 0, fired: 0 };
    const has = (point: object) => expect.objectContaining({ failpoints: expect.arrayContaining([point]) });
    expect(await probe('/failpoints')).toEqual({ status: 200, body: has(slow) });
    expect(await arm({ spec: 'fixture.slow=crash@2' })).toEqual({
      status: 200,
      body: has({ ...slow, armed: 'crash@2' }),
    });
    expect(await arm({ spec: 'fixture.fast=crash' })).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/no failpoint fixture.fast; it has .*fixture.slow/) },
    });
    expect((await arm({ specs: '' })).status).toBe(400);
    expect((await fetch(`${api}/slow`)).status).toBe(200);
    await expect(fetch(`${api}/slow`)).rejects.toThrow();
    expect((await ended)[1]).toBe('SIGKILL');
  });

  it('finishes what is under way when told to stop, turns readiness off first and exits 0', async () => {
    await start();
    await ready();
    const underWay = fetch(`${api}/slow`);
    await says('a slow request is under way');
    child.kill('SIGTERM');
    await waitFor(async () => (await probe('/readyz')).status === 503, { what: 'readiness off' });
    tell('go');
    expect(await (await underWay).json()).toEqual({ done: true });
    expect((await ended)[0]).toBe(0);
  });

  it('SCR-9: the span of a request that was finished while stopping is not lost', async () => {
    const sink = await OtlpSink.start();
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });
    await ready();
    const underWay = fetch(`${api}/slow`);
    await says('a slow request is under way');
    child.kill('SIGTERM');
    await says('stopping');
    tell('go');
    expect(await (await underWay).json()).toEqual({ done: true });
    expect((await ended)[0]).toBe(0);
    expect(sink.named('GET /slow')).toMatchObject([{ kind: 2, resource: { 'service.name': 'fixture' } }]);
    await sink.stop();
  });

  it('SCR-3: answers as fast as ever while the receiver of its spans hangs, unless it is the variant that waits', async () => {
    const sink = await OtlpSink.start({ blackHole: true });
    const median = async (env: Record<string, string>, calls: number): Promise<number> => {
      await start({ OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...env });
      await ready();
      const times: number[] = [];
      for (let i = 0; i < calls; i++) {
        const began = performance.now();
        await fetch(`${api}/work`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
        times.push(performance.now() - began);
      }
      child.kill('SIGKILL');
      await ended;
      return times.sort((a, b) => a - b)[Math.floor(calls / 2)] ?? NaN;
    };
    expect(await median({}, 21)).toBeLessThan(1_500);
    expect(await median({ SOUK_VARIANTS: 'telemetry-inline' }, 3)).toBeGreaterThan(1_900);
    await sink.stop();
  });

  it('tells about itself at /metrics', async () => {
    const sink = await OtlpSink.start();
    await start({ OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });
    await ready();
    await fetch(`${api}/work`);
    const read = async () => (await fetch(`${management}/metrics`)).text();
    await waitFor(async () => /^souk_spans_exported_total [1-9]/m.test(await read()), {
      what: 'an exported span',
    });
    expect(await read()).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    expect((await fetch(`${management}/metrics`)).headers.get('content-type')).toContain('text/plain; version=0.0.4');
    await sink.stop();
  });

  it('answers over connections that are still there while it stops, and asks their clients to go', async () => {
    await start();
    await ready();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const get = () =>
      new Promise<{ reused: boolean; status?: number | undefined; connection?: string | undefined }>(
        (resolve, reject) => {
          const asked = request(`${api}/nothing`, { agent }, (answer) => {
            const { statusCode: status, headers } = answer.resume();
            answer.on('end', () => resolve({ reused: asked.reusedSocket, status, connection: headers.connection }));
          });
          asked.on('error', reject).end();
        },
      );
    expect(await get()).toEqual({ reused: false, status: 404, connection: 'keep-alive' });
    child.kill('SIGTERM');
    await waitFor(async () => (await probe('/readyz')).status === 503, { what: 'readiness off' });
    expect(await get()).toEqual({ reused: true, status: 404, connection: 'close' });
    expect((await ended)[0]).toBe(0);
  });

  it('cuts nobody who keeps an idle connection no longer than its clients are told', async () => {
    await start();
    await ready();
    // As undici does, this client goes a second before it would have to.
    const agent = new Agent({ keepAlive: true, maxSockets: 1, timeout: 60_000 });
    const socket = await new Promise<Socket>((resolve, reject) => {
      const asked = request(`${api}/nothing`, { agent }, (answer) => {
        const { socket } = answer.resume();
        answer.on('end', () => resolve(socket));
      });
      asked.on('error', reject).end();
    });
    const [left, cut] = [once(socket, 'timeout'), once(socket, 'end')];
    child.kill('SIGTERM');
    expect(await Promise.race([left.then(() => 'left'), cut.then(() => 'was cut')])).toBe('left');
    expect((await ended)[0]).toBe(0);
  });

  it('cuts what would never end, and exits 0 all the same', async () => {
    await start();
    await ready();
    const endless = fetch(`${api}/endless`).catch(() => 'cut');
    await says('an endless request is under way');
    child.kill('SIGTERM');
    expect(await endless).toBe('cut');
    expect((await ended)[0]).toBe(0);
  });

  it('waits for a database that is not up yet, not ready meanwhile', async () => {
    await start({ FAULT: 'database-down' });
    await waitFor(async () => (await probe('/startupz')).status === 503, {
      what: 'probes while starting',
      timeoutMs: STARTS_WITHIN_MS,
    });
    await says('not up yet, trying again');
    tell('up');
    await ready();
  });

  it('serves while the broker is down and becomes ready when the consumer has joined; drains it at the end', async () => {
    await start({ FAULT: 'broker-down' });
    await says('the consumer cannot start yet');
    tell('up');
    await ready();
    expect((await probe('/readyz')).body.checks).toMatchObject({ consumer: { ok: true } });
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    expect(output).toContain('consumers drained');
  });

  it('does not retry a bug', async () => {
    await start({ FAULT: 'bug' });
    expect((await ended)[0]).toBe(1);
    expect(output).toContain('x is not a function');
  });

  it('exits 1 on an unhandled rejection, so that it is restarted clean', async () => {
    await start();
    await ready();
    await fetch(`${api}/crash`).catch(() => undefined);
    expect((await ended)[0]).toBe(1);
    expect(output).toContain('nobody catches this');
  });

  it('names what is wrong in the environment, and says that starting it again does not help', async () => {
    await start({ HTTP_PORT: 'http' });
    expect((await ended)[0]).toBe(CONFIG_EXIT_CODE);
    expect(output).toContain('HTTP_PORT: ');
  });
});
