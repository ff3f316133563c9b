import type { BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import { PAGE, PARTS } from './gateway-answers.ts';
import { addedFigures, cachedFigures, capacityFigures, pageFigures, plainFigures } from './gateway-figures.ts';
import { openRig } from './gateway-rig.ts';
import type { Tools } from './gateway-tools.ts';
import { type Measured, measureInTurns, type Way } from './gateway-turns.ts';

/** A route for customers: its answers are nobody else's, so no cache has a part in them. */
const PRIVATE = '/api/cart';
const CACHED = '/api/categories';
const BUSY = 50;

const DIRECT: Way = { name: 'direct', proxy: undefined, path: PRIVATE };
const PLAIN: readonly Way[] = [
  { name: 'nginx', proxy: 'nginx', path: PRIVATE, isSignedIn: true },
  { name: 'gateway', proxy: 'gateway', path: PRIVATE, isSignedIn: true },
  { name: 'http-proxy', proxy: 'http-proxy', path: PRIVATE, isSignedIn: true },
];
const FROM_CACHE: readonly Way[] = [
  { name: 'nginx-return', proxy: 'nginx', path: '/return' },
  { name: 'cached', proxy: 'gateway', path: CACHED },
];
const OF_PARTS: readonly Way[] = [
  { name: 'page', proxy: 'gateway', path: PAGE, isSignedIn: true },
  ...PARTS.map((path, index) => ({ name: `part-${index}`, proxy: 'gateway' as const, path, isSignedIn: true })),
];

/** What a request costs here, at nginx and at a bare proxy of Fastify, in one run. */
export async function measureProxied(tools: Tools, { say, quick }: BenchOptions): Promise<Figure[]> {
  const turns = quick ? { rounds: 2, seconds: 2 } : { rounds: 7, seconds: 5 };
  const rig = await openRig(tools, { proxies: ['nginx', 'http-proxy', 'gateway'] });
  try {
    const run = (ways: readonly Way[], connections: number): Promise<Measured> => {
      const there = ways.filter(({ proxy }) => proxy === undefined || rig.proxies.includes(proxy));
      return measureInTurns(rig, tools, there, { ...turns, connections });
    };
    if (!rig.proxies.includes('nginx')) say('no nginx here: its rows are left out');
    say(`plain, cached and page GETs over ${BUSY} connections, ${turns.rounds} rounds of ${turns.seconds} s each`);
    const [plain, cached, parts] = [await run(PLAIN, BUSY), await run(FROM_CACHE, BUSY), await run(OF_PARTS, BUSY)];
    say('plain and page GETs over one connection');
    const [alone, pageAlone] = [await run([DIRECT, ...PLAIN], 1), await run(OF_PARTS, 1)];
    return [
      ...plainFigures(plain),
      ...capacityFigures(plain),
      ...cachedFigures(cached),
      ...pageFigures(parts, pageAlone),
      ...addedFigures(alone),
    ];
  } finally {
    await rig.close();
  }
}
