import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@souk/observability';
import { freePort, waitFor } from '@souk/testing';
import { ConfigWatch } from './config-watch.js';
import { anAmbassador, type TestAmbassador } from './test/ambassador.mother.js';
import { httpCall } from './test/http-call.js';
import { ScriptedUpstream } from './test/scripted-upstream.js';

/** Changes are to be in use after two seconds; as much again for a busy machine. */
const SOON = { timeoutMs: 4_000 };

let folder: string;
let file: string;
let upstreams: ScriptedUpstream[];
let urls: string[];
let amb: TestAmbassador;
let watch: ConfigWatch;
let complaints: string[];

const textOf = (url: string | undefined, settings: object = {}): string =>
  JSON.stringify({ upstreams: { payment: { listen: '127.0.0.1:0', url, ...settings } } });
const write = (text: string): void => writeFileSync(file, text);
const get = (path: string) => httpCall(amb.port(), path, { method: 'POST' });
const generation = (wanted: number) =>
  waitFor(() => amb.counts.generation === wanted, { ...SOON, what: `generation ${wanted}` });
const refusals = (wanted: number) =>
  waitFor(() => amb.counts.reloadFailures === wanted, { ...SOON, what: `refusal ${wanted}` });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ambassador-'));
  file = join(folder, 'ambassador.yaml');
  upstreams = [new ScriptedUpstream(), new ScriptedUpstream()];
  urls = await Promise.all(upstreams.map((upstream) => upstream.open()));
  amb = anAmbassador();
  complaints = [];
  const destination = {
    write: (line: string) => {
      const { level, reason } = JSON.parse(line) as { level: number; reason?: string };
      if (level >= 50) complaints.push(String(reason));
    },
  };
  const logger = createLogger({ name: 'watch', level: 'info', destination });
  watch = new ConfigWatch({ file, apply: (all) => amb.ambassador.apply(all), counts: amb.counts, logger });
});
afterEach(async () => {
  for (const upstream of upstreams) upstream.close();
  await watch.stop();
  await amb.ambassador.close();
  rmSync(folder, { recursive: true });
});

describe('AMB-5 the configuration changes without a restart', () => {
  it('when the file is written in place', async () => {
    write(textOf(urls[0]));
    await watch.start();
    await get('/first');
    write(textOf(urls[1]));
    await generation(2);
    await get('/second');
    expect(upstreams.map(({ calls }) => calls.map(({ path }) => path))).toEqual([['/first'], ['/second']]);
  });

  it('when a link is swapped below it, as a ConfigMap does', async () => {
    for (const [version, url] of urls.entries()) {
      mkdirSync(join(folder, `..${version}`));
      writeFileSync(join(folder, `..${version}`, 'ambassador.yaml'), textOf(url));
    }
    symlinkSync('..0', join(folder, '..data'));
    symlinkSync('..data/ambassador.yaml', file);
    await watch.start();
    symlinkSync('..1', join(folder, '..tmp'));
    renameSync(join(folder, '..tmp'), join(folder, '..data'));
    await generation(2);
    await get('/x');
    expect(upstreams.map(({ calls }) => calls.length)).toEqual([0, 1]);
  });

  it('and stays as it was under garbage, which is logged and counted once', async () => {
    write(textOf(urls[0]));
    await watch.start();
    write('upstreams: [');
    await refusals(1);
    write(textOf('payment', { unheard: 'of' }));
    await refusals(2);
    rmSync(file);
    await refusals(3);
    expect(complaints).toMatchObject([/no YAML/, /payment/, /ENOENT/].map((reason) => expect.stringMatching(reason)));
    expect((await get('/x')).status).toBe(200);
    write(textOf(urls[1]));
    await generation(2);
  });

  it('while requests of the old one end in peace', async () => {
    const upstream = upstreams[0];
    write(textOf(urls[0]));
    await watch.start();
    if (upstream) upstream.script = () => (response) => void setTimeout(() => response.end('old'), 600);
    const underWay = get('/slow');
    await waitFor(() => upstream?.calls.length === 1, { what: 'the call to arrive' });
    write(textOf(urls[1]));
    await generation(2);
    expect((await get('/quick')).body).toBe('{}');
    expect((await underWay).body).toBe('old');
  });

  it('while requests arrive at a port that closes, which are for the old one', async () => {
    const [before, after] = [await freePort(), await freePort()];
    write(textOf(urls[0], { listen: `127.0.0.1:${before}` }));
    await watch.start();
    const socket = connect(before, '127.0.0.1');
    socket.write('PUT /late HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{');
    await waitFor(async () => (await httpCall(before, '/x')).status === 200, { what: 'the port to be there' });
    write(textOf(urls[1], { listen: `127.0.0.1:${after}` }));
    await generation(2);
    // As long as it takes to close what nobody uses.
    await sleep(200);
    socket.write('}');
    expect(await text(socket)).toContain('HTTP/1.1 200');
    expect(upstreams.map(({ calls }) => calls.map(({ path }) => path))).toEqual([['/x', '/late'], []]);
  });

  it('and a call between two tries goes on with its own', async () => {
    const upstream = upstreams[0];
    write(textOf(urls[0], { retry: { baseDelayMs: 600, maxDelayMs: 600 } }));
    await watch.start();
    if (upstream) upstream.script = (index) => (index === 0 ? { status: 503, headers: { 'retry-after': '0.5' } } : 200);
    const underWay = httpCall(amb.port(), '/again');
    await waitFor(() => upstream?.calls.length === 1, { what: 'the first try' });
    write(textOf(urls[1]));
    expect((await underWay).headers['x-amb-attempts']).toBe('2');
    expect(upstream?.calls).toHaveLength(2);
  });

  it('also on a machine that has no watches left', async () => {
    const outOfWatches = (): never => {
      throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    };
    await watch.stop();
    watch = new ConfigWatch({
      file,
      apply: (all) => amb.ambassador.apply(all),
      counts: amb.counts,
      logger: createLogger({ name: 'watch', level: 'silent' }),
      watchFolder: outOfWatches,
    });
    write(textOf(urls[0]));
    await watch.start();
    write(textOf(urls[1]));
    await generation(2);
  });

  it('and two upstreams can change places', async () => {
    const [here, there] = [await freePort(), await freePort()];
    const pair = (one: number, other: number): string =>
      JSON.stringify({
        upstreams: {
          payment: { listen: `127.0.0.1:${one}`, url: urls[0] },
          shipping: { listen: `127.0.0.1:${other}`, url: urls[1] },
        },
      });
    write(pair(here, there));
    await watch.start();
    await httpCall(here, '/before');
    write(pair(there, here));
    await generation(2);
    await httpCall(here, '/after');
    expect(upstreams.map(({ calls }) => calls.map(({ path }) => path))).toEqual([['/before'], ['/after']]);
  });

  it('and everything stays when the new port is somebody else’s', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    write(textOf(urls[0]));
    await watch.start();
    const { port } = taken.address() as AddressInfo;
    write(textOf(urls[1], { listen: `127.0.0.1:${port}` }));
    await refusals(1);
    expect(complaints).toEqual([expect.stringContaining('EADDRINUSE')]);
    await get('/x');
    expect(upstreams.map(({ calls }) => calls.length)).toEqual([1, 0]);
    await new Promise((resolve) => taken.close(resolve));
  });
});

it('AMB-5 a configuration that changes nothing of an upstream leaves its circuit open', async () => {
  const breaker = { minimumCalls: 3, openMs: 60_000 };
  write(textOf(urls[0], { breaker }));
  await watch.start();
  const upstream = upstreams[0];
  if (upstream) upstream.script = () => 500;
  for (let index = 0; index < 3; index++) await get('/x');
  write(`# touched\n${textOf(urls[0], { breaker })}`);
  const other = { listen: '127.0.0.1:0', url: urls[1] };
  write(
    JSON.stringify({
      upstreams: {
        payment: { listen: '127.0.0.1:0', url: urls[0], breaker },
        other: { ...other, listen: 'localhost:0' },
      },
    }),
  );
  await generation(2);
  expect(amb.ambassador.states()).toEqual([
    { name: 'payment', circuit: 'open' },
    { name: 'other', circuit: 'closed' },
  ]);
});

it('AMB-5 other limits are in force for the next call, and another address begins with a closed circuit', async () => {
  const breaker = { minimumCalls: 3, openMs: 60_000 };
  write(textOf(urls[0], { breaker, retry: { attempts: 0 } }));
  await watch.start();
  for (const upstream of upstreams) upstream.script = () => 503;
  for (let index = 0; index < 3; index++) await get('/x');
  expect(amb.ambassador.states()).toEqual([{ name: 'payment', circuit: 'open' }]);
  write(textOf(urls[1], { breaker, retry: { attempts: 1, baseDelayMs: 1 } }));
  await generation(2);
  expect(amb.ambassador.states()).toEqual([{ name: 'payment', circuit: 'closed' }]);
  expect((await httpCall(amb.port(), '/again')).headers['x-amb-attempts']).toBe('2');
});
