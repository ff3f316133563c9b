import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { aToken, environmentOf, FakeService, newKeys } from './gateway.mother.js';
import { FakeProvider } from './identity/provider.mother.js';
import { Balancer, freePorts, GatewayProcess } from './rolling-restart.mother.js';
import { type Aim, type Shot, SteadyLoad } from './routing/routing.mother.js';

const PER_SECOND = 200;
/** Requests before and after what is tried. */
const AROUND = 300;
const NAMES = ['catalog', 'inventory', 'order', 'order-query', 'recommendation'] as const;

describe('two gateways behind a balancer', () => {
  let dir: string;
  let provider: FakeProvider;
  let services: Record<(typeof NAMES)[number], FakeService>;
  let gateways: GatewayProcess[];
  let balancer: Balancer;
  let alice: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'rolling-'));
    const [issuer, internal] = [await newKeys(), await newKeys()];
    provider = await new FakeProvider(issuer).start();
    alice = await aToken(issuer);
    const started = await Promise.all(NAMES.map(async (name) => [name, await new FakeService().start()] as const));
    services = Object.fromEntries(started) as typeof services;
    for (const service of Object.values(services))
      service.handler = (_request, response) => void setTimeout(() => response.end('{}'), 15);
    const settings = join(dir, 'settings.yaml');
    await writeFile(
      settings,
      'limitAnonymous: 1000000\nlimitUser: 1000000\nshedSlackMs: 5000\nshedLoopMs: 5000\nshedFloor: 1000\naccessLogPercent: 0\n',
    );
    const env = { ...(await environmentOf(services, { internal, provider, dir })), LIVE_SETTINGS_FILE: settings };
    gateways = [new GatewayProcess(env, await freePorts()), new GatewayProcess(env, await freePorts())];
    balancer = await new Balancer(gateways.map(({ port }) => port)).start();
    await Promise.all(gateways.map((gateway) => gateway.start()));
  }, 40_000);
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop('SIGKILL')));
    await balancer.stop();
    await Promise.all([...Object.values(services), provider].map((one) => one.stop()));
    await rm(dir, { recursive: true });
  });

  const targetOf = (shot: number): Aim => ({
    // Ten new connections a second; the others are kept.
    isAlone: shot % 20 === 0,
    ...([
      { target: '/api/products' },
      { target: `/api/stock/S-${shot}` },
      { target: '/api/orders', method: 'POST', body: '{}', headers: { authorization: `Bearer ${alice}` } },
      { target: '/api/cart', headers: { authorization: `Bearer ${alice}` } },
    ][shot % 4] ?? { target: '/' }),
  });

  async function underLoad(work: () => Promise<void>, isRetried = false): Promise<Shot[]> {
    const load = new SteadyLoad(balancer.port, PER_SECOND, (shot) => ({ ...targetOf(shot), isRetried }));
    const more = async (count: number): Promise<void> => {
      const due = load.sent + count;
      await waitFor(() => load.sent >= due, { timeoutMs: 20_000, what: 'more requests' });
    };
    try {
      await more(AROUND);
      await work();
      await more(AROUND);
    } finally {
      await load.stop();
    }
    return load.stop();
  }

  it('RTE-9 OFF-11 are restarted one after the other, and every request succeeds', async () => {
    const codes: (number | null)[] = [];
    const refusedBefore = balancer.refused;
    let tookMs = 0;
    const shots = await underLoad(async () => {
      const began = performance.now();
      for (const gateway of gateways) {
        codes.push(await gateway.stop());
        await gateway.start();
      }
      tookMs = performance.now() - began;
    });
    expect({
      failed: shots.filter(({ status }) => status !== 200),
      said: gateways.map(({ output }) => output),
    }).toMatchObject({
      failed: [],
    });
    expect(codes).toEqual([0, 0]);
    // However fast the machine restarts them: the load went on meanwhile.
    expect(shots.length - 2 * AROUND).toBeGreaterThan((0.8 * PER_SECOND * tookMs) / 1_000);
    // Clients were told to go, and the balancer met a closed door.
    expect(shots.filter(({ connection }) => connection === 'close').length).toBeGreaterThan(0);
    expect(balancer.refused).toBeGreaterThan(refusedBefore);
  }, 90_000);

  it('RTE-9 OFF-11 when one is killed, fewer than one in a thousand callers who try again has no answer', async () => {
    try {
      const shots = await underLoad(async () => void (await gateways[0]?.stop('SIGKILL')), true);
      expect(shots.length).toBeGreaterThan(3 * PER_SECOND);
      expect(shots.filter(({ status }) => status !== 200).length).toBeLessThan(shots.length / 1_000);
    } finally {
      // Another try needs one that can be killed.
      await gateways[0]?.stop('SIGKILL');
      await gateways[0]?.start();
    }
  }, 60_000);

  it('would lose requests if one were killed', async () => {
    const shots = await underLoad(async () => {
      await gateways[0]?.stop('SIGKILL');
      await gateways[0]?.start();
    });
    expect(shots.filter(({ status }) => status !== 200).length).toBeGreaterThan(0);
  }, 60_000);
});
