import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, waitFor } from '@souk/testing';
import { silence } from '../../tools/cli/src/probe/heartbeat.ts';
import { lookAround } from '../../tools/cli/src/probe/round.ts';
import { runProbe } from '../../tools/cli/src/probe/run.ts';
import type { Shop } from '../../tools/cli/src/probe/targets.ts';

const FIXTURE = join(import.meta.dirname, '../../libs/service-kit/dist/run-service.fixture.js');
const KEY = 'a-key-of-the-prober';
const limits = { maxMs: 5_000, maxDnsMs: 1_000, certDays: 14 };
const problem = { 'content-type': 'application/problem+json' };

/** A shop of one process: a real one with a management port, behind a door that says what a gateway would. */
describe('the prober and a process', () => {
  let dir: string;
  let door: Server;
  let child: ChildProcess;
  let shop: Shop;
  const file = (name: string): string => join(dir, name);

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'probe-'));
    writeFileSync(file('keys'), `${KEY}\n`);
    door = createServer(({ url }, response) => {
      if (url === '/') return void response.end('<h1>Souk</h1>');
      if (url?.startsWith('/api/products')) return void response.end('{"items":[{"sku":"A-1"}]}');
      response.writeHead(404, problem).end('{"code":"route-not-found"}');
    });
    await new Promise<void>((done) => door.listen(0, '127.0.0.1', done));
    const [http, management] = [await freePort(), await freePort()];
    const env = { HTTP_PORT: String(http), MANAGEMENT_PORT: String(management), HEALTH_KEYS_FILE: file('keys') };
    child = spawn(process.execPath, [FIXTURE, JSON.stringify({ ...env, LIVE_SETTINGS_FILE: file('settings.yaml') })]);
    const url = `http://127.0.0.1:${management}`;
    shop = {
      gatewayUrl: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
      deep: { fixture: url },
      ready: { 'fixture, ready': url },
      key: KEY,
    };
    const isReady = async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200;
    await waitFor(isReady, { what: 'the process is ready' });
  });
  beforeEach(() => writeFileSync(file('keys'), `${KEY}\n`));
  afterAll(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    await new Promise((done) => door.close(done));
    rmSync(dir, { recursive: true });
  });

  it('HEM-1 HEM-7 HEM-10 finds all well, after it has seen the failure that is made for it', async () => {
    const { status, selfTest, results } = await lookAround(shop, limits);
    expect({ status, selfTest, wrong: results.filter((one) => one.status !== 'ok') }).toEqual({
      status: 'ok',
      selfTest: null,
      wrong: [],
    });
    expect(results.map(({ name, code }) => [name, code])).toEqual([
      ['shop', 200],
      ['products', 200],
      ['missing page', 404],
      ['fixture', 200],
      ['fixture, ready', 200],
    ]);
  });

  it('HEM-6 HEM-10 with a wrong key it sees nothing, and says so', async () => {
    const { status, selfTest } = await lookAround({ ...shop, key: 'another-key-than-that' }, limits);
    expect(status).toBe('failed');
    expect(selfTest).toContain('is the key right?');
  });

  it('HEM-14 a new key opens it while it runs, and the old one opens it no more', async () => {
    const fresh = { ...shop, key: 'a-fresh-key-of-the-prober' };
    expect((await lookAround(fresh, limits)).status).toBe('failed');
    writeFileSync(file('keys'), `${fresh.key}\n`);
    const isOpen = async () => (await lookAround(fresh, limits)).status === 'ok';
    await waitFor(isOpen, { what: 'the new key opens it' });
    expect((await lookAround(shop, limits)).status).toBe('failed');
  });

  it('HEM-10 leaves a heartbeat after every round, and a failed round is not made good by the next', async () => {
    const told: string[] = [];
    const options = { limits, rounds: 2, everySeconds: 0, heartbeatFile: file('beat'), metricsFile: file('prom') };
    const probed = await runProbe(
      { ...shop, ready: { gone: 'http://127.0.0.1:1' } },
      { ...options, tell: (line) => told.push(line) },
    );
    expect(probed).toMatchObject({ status: 'failed', rounds: 2, failedRounds: 2, journey: null });
    expect(told.join('\n')).toContain('ECONNREFUSED');
    expect(silence(file('beat'), 60, Date.now())).toBeUndefined();
  });
});
