import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import type { Sample } from '../run/observations.ts';
import { openSampler, type SamplerOptions } from './sampler.ts';

const TEXT = '# TYPE souk_outbox_depth gauge\nsouk_outbox_depth 7\n# TYPE calls counter\ncalls{to="a"} 3\n';
let server: Server;
let asked: Record<string, number> = {};
/** What each process does: order tells its metrics, inventory hangs, gateway is broken. */
beforeAll(async () => {
  server = createServer((request, response) => {
    const process = request.url?.split('/')[1] ?? '';
    asked[process] = (asked[process] ?? 0) + 1;
    if (process === 'order') response.end(TEXT);
    if (process === 'gateway') response.writeHead(500).end('souk_circuit_state{policy="a"} 1\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});
beforeEach(() => void (asked = {}));

async function samplesOf(options: Partial<SamplerOptions>, count = 1): Promise<Sample[]> {
  const samples: Sample[] = [];
  const began = performance.now();
  const { port } = server.address() as AddressInfo;
  const sampler = openSampler({
    target: { managementUrl: (name) => `http://127.0.0.1:${port}/${name}` },
    requests: [],
    now: () => performance.now() - began,
    samples,
    ...options,
  });
  sampler.start();
  await waitFor('there are samples', 10_000, async () => samples.length >= count);
  await sampler.stop();
  const afterwards = samples.length;
  expect(afterwards).toBeGreaterThan(count);
  return samples;
}

describe('the sampler', () => {
  it('takes what processes say, and leaves a gap where one hangs or is broken', async () => {
    const [first] = await samplesOf({});
    expect(first?.series).toMatchObject({ 'outbox-depth.order': 7 });
    expect(Object.keys(first?.series ?? {})).not.toContainEqual(expect.stringMatching(/inventory|breaker/));
  });

  it('looks when it is told to, and before anything else may begin', async () => {
    const samples: Sample[] = [];
    const began = performance.now();
    const now = (): number => Math.round(performance.now() - began);
    let sold = 0;
    const target = { managementUrl: () => '' };
    const sampler = openSampler({ target, requests: [], now, samples, extra: () => ({ 'own.sold': sold }) });
    sampler.start();
    sold = 3;
    await sampler.look();
    const healed = now();
    expect(samples.map(({ series }) => series['own.sold'])).toEqual([0, 3]);
    expect(samples.at(-1)?.at).toBeLessThan(healed);
    await sampler.stop();
  });

  it('asks once a second, each process once', async () => {
    const samples = await samplesOf({}, 3);
    expect(asked['order']).toBe(samples.length);
    const [first, second, third] = samples.map(({ at }) => at);
    expect(second ?? 0).toBeGreaterThan((first ?? 0) + 900);
    expect(third ?? 0).toBeGreaterThan((second ?? 0) + 900);
    expect(third ?? 0).toBeLessThan((first ?? 0) + 2_500);
  });

  it('takes what expectations need: metrics, links, states of processes', async () => {
    const running = { name: 'order', pid: 1, ready: true, restarts: 2 };
    const [first] = await samplesOf({
      requests: [
        { from: 'metrics', process: 'order', metric: 'calls', labels: { to: 'a' }, as: 'mine' },
        { from: 'link', link: 'a->b' },
        { from: 'link', link: 'dead' },
      ],
      processes: async () => [running, { ...running, name: 'payment', ready: false }],
      links: async (link) => {
        if (link === 'dead') throw new Error('no such process');
        return { connections: 1, requests: 2, bytes: 3 };
      },
      extra: () => ({ 'own.count': 5 }),
    });
    expect(first?.series).toMatchObject({
      mine: 3,
      'link.a->b.connections': 1,
      'link.a->b.requests': 2,
      'link.a->b.bytes': 3,
      'ready.order': 1,
      'restarts.order': 2,
      'ready.payment': 0,
      'own.count': 5,
    });
    expect(Object.keys(first?.series ?? {})).not.toContainEqual(expect.stringMatching(/dead/));
  });

  it('tells what it costs itself', async () => {
    const samples = await samplesOf({}, 2);
    const cpu = samples[1]?.series['cpu.harness'];
    expect(cpu).toBeGreaterThan(0);
    expect(cpu).toBeLessThan(100);
  });
});
