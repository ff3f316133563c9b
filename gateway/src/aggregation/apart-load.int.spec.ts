import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { environmentOf, FakeService, innerEnvironmentOf, newKeys, send } from '../gateway.mother.js';
import { FakeProvider } from '../identity/provider.mother.js';
import { freePorts, GatewayProcess } from '../rolling-restart.mother.js';
import { type Shot, SteadyLoad } from '../routing/routing.mother.js';
import { answerPages } from './pages.mother.js';

const PER_SECOND = 100;
const NAMES = ['catalog', 'inventory', 'order', 'order-query', 'recommendation'] as const;
const SETTINGS =
  'limitAnonymous: 1000000\nshedSlackMs: 5000\nshedLoopMs: 5000\nshedFloor: 1000\naccessLogPercent: 0\nresponseCache: false\n';

describe('two processes that put pages and batches together, behind one gateway', () => {
  const id = randomUUID();
  let dir: string;
  let provider: FakeProvider;
  let services: Record<(typeof NAMES)[number], FakeService>;
  let gateway: GatewayProcess;
  let inner: readonly [GatewayProcess, GatewayProcess];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'apart-'));
    const [issuer, internal] = [await newKeys(), await newKeys()];
    provider = await new FakeProvider(issuer).start();
    const started = await Promise.all(NAMES.map(async (name) => [name, await new FakeService().start()] as const));
    services = Object.fromEntries(started) as typeof services;
    answerPages(services, id, 10);
    await writeFile(join(dir, 'settings.yaml'), SETTINGS);
    const follow = { LIVE_SETTINGS_FILE: join(dir, 'settings.yaml') };
    const [edge, ...places] = await Promise.all([freePorts(), freePorts(), freePorts()]);
    const jwks = { INTERNAL_JWKS_URL: `http://127.0.0.1:${edge.management}/jwks.json` };
    const own = { ...innerEnvironmentOf(services), ...jwks, ...follow };
    const [first, second] = places.map((place) => new GatewayProcess(own, { ...place, main: 'aggregation/main.js' }));
    if (first === undefined || second === undefined) throw new Error('there are two');
    inner = [first, second];
    const AGGREGATION_URL = inner.map(({ port }) => `http://127.0.0.1:${port}`).join();
    const env = { ...(await environmentOf(services, { internal, provider, dir })), ...follow, AGGREGATION_URL };
    gateway = new GatewayProcess(env, edge);
  }, 30_000);
  beforeEach(() => Promise.all([gateway, ...inner].map((one) => one.start())), 40_000);
  afterEach(() => Promise.all([gateway, ...inner].map((one) => one.stop('SIGKILL'))));
  afterAll(async () => {
    await Promise.all([...Object.values(services), provider].map((one) => one.stop()));
    await rm(dir, { recursive: true });
  });

  const page = { target: `/api/pages/product/${id}` };
  const batch = {
    target: '/api/batch',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requests: [{ path: '/api/products' }, { path: '/api/stock/A' }] }),
  };
  const plain = { target: '/api/products' };
  const TARGETS = [page, plain, { target: '/api/pages/home' }, { target: '/api/stock/A' }, page, plain, batch, plain];

  /** Before, while and after; what was sent after is what began when `work` was done for a while. */
  async function underLoad(work: () => Promise<unknown>): Promise<{ shots: Shot[]; after: Shot[] }> {
    const load = new SteadyLoad(gateway.port, PER_SECOND, (shot) => TARGETS[shot % TARGETS.length] ?? plain);
    try {
      await load.more(200);
      await work();
      await load.more(300);
      const sent = load.sent;
      await load.more(200);
      const shots = await load.stop();
      return { shots, after: shots.slice(sent) };
    } finally {
      await load.stop();
    }
  }
  const isPlain = ({ target }: Shot): boolean => target === plain.target || target.startsWith('/api/stock');
  const isPage = ({ target }: Shot): boolean => target.startsWith('/api/pages/');
  const failed = (shots: readonly Shot[]): Shot[] => shots.filter(({ status }) => status !== 200);

  it('AGG-10 when one is killed no page and nothing else fails, batches that it had begun aside', async () => {
    const { shots, after } = await underLoad(() => inner[0].stop('SIGKILL'));
    const lost = failed(shots);
    expect(lost.filter(({ target }) => target !== batch.target)).toEqual([]);
    // It had 1/8 × 100/s for some 20 ms each; a few more may have met the closing socket.
    expect(lost.length).toBeLessThan(10);
    expect(failed(after)).toEqual([]);
    expect(after.filter(isPage).length).toBeGreaterThan(50);
  }, 90_000);

  it('AGG-10 when both are killed the rest of the shop goes on as if nothing were', async () => {
    const { shots, after } = await underLoad(() => Promise.all(inner.map((one) => one.stop('SIGKILL'))));
    expect(failed(shots.filter(isPlain))).toEqual([]);
    const [pages, others] = [after.filter(isPage), after.filter(isPlain)];
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([503]));
    expect(others.length).toBeGreaterThan(80);
    await inner[1].start();
    // The circuit looks by itself whether somebody is there again.
    const isBack = async () => (await send(gateway.port, page.target)).status === 200;
    await waitFor(isBack, { timeoutMs: 30_000, what: 'pages again' });
  }, 90_000);
});
