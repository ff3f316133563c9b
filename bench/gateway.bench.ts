import { soukHome } from '../tools/cli/src/home.ts';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import { measureFaults } from './gateway-faults.ts';
import { measureFlood } from './gateway-flood.ts';
import { measureOverload } from './gateway-overload.ts';
import { measureProxied } from './gateway-proxied.ts';
import { findTools, type Tools } from './gateway-tools.ts';

type Part = (tools: Tools, options: BenchOptions) => Promise<Figure[]>;

const PARTS: readonly Part[] = [measureProxied, measureOverload, measureFlood, measureFaults];

/** Every row of the gateway in docs/performance.md. Needs nothing of the shop; what runs beside it only takes its CPU. */
export const benchmark: Benchmark = {
  summary: 'the gateway beside nginx and @fastify/http-proxy, overloaded, and with services that hang or are gone',
  isAlone: true,
  run: async (_ctx, options) => {
    const tools = findTools(soukHome(), options.say);
    const figures: Figure[] = [];
    for (const part of PARTS) figures.push(...(await part(tools, options)));
    return figures;
  },
};
