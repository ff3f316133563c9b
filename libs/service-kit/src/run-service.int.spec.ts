import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';

const fixture = join(import.meta.dirname, '../dist/run-service.fixture.js');

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

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
  const probe = async (path: string): Promise<{ status: number; body: { status: string; checks?: object } }> => {
    const answer = await fetch(management + path);
    return { status: answer.status, body: (await answer.json()) as { status: string } };
  };
  const ready = () =>
    waitFor(async () => (await probe('/readyz')).status === 200, {
      timeoutMs: 8_000,
      what: `readiness; output: ${output}`,
    });

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

  it('finishes what is under way when told to stop, turns readiness off first and exits 0', async () => {
    await start();
    await ready();
    const underWay = fetch(`${api}/slow`);
    await waitFor(async () => (await fetch(`${api}/nothing`)).status === 404, { timeoutMs: 2_000, what: 'the server' });
    child.kill('SIGTERM');
    await waitFor(async () => (await probe('/readyz')).status === 503, { timeoutMs: 2_000, what: 'readiness off' });
    expect(await (await underWay).json()).toEqual({ done: true });
    expect((await ended)[0]).toBe(0);
  });

  it('waits for a database that is not up yet, not ready meanwhile', async () => {
    await start({ FAULT: 'database-down' });
    await waitFor(async () => (await probe('/startupz')).status === 503, {
      timeoutMs: 4_000,
      what: 'probes while starting',
    });
    await ready();
    expect(output).toContain('not up yet, trying again');
  });

  it('serves while the broker is down and becomes ready when the consumer has joined; drains it at the end', async () => {
    await start({ FAULT: 'broker-down' });
    await ready();
    expect(output).toContain('the consumer cannot start yet');
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

  it('names what is wrong in the environment', async () => {
    await start({ HTTP_PORT: 'http' });
    expect((await ended)[0]).toBe(1);
    expect(output).toContain('HTTP_PORT: ');
  });
});
