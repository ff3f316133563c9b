import type { Figure } from '../tools/cli/src/shop/benchmark.ts';
import { PARTS } from './gateway-answers.ts';
import { cpuRatio, type Measured, middle, type Turn } from './gateway-turns.ts';
import { median } from './in-turns.ts';
import { figureOf } from './verdict.ts';

const roundsOf = (measured: Measured): number => Math.max(...[...measured.values()].map(({ length }) => length));

/** µs of each way's proxy, and how often answers came and how fast, where that was measured. */
function costs(row: string, what: string, measured: Measured): Figure[] {
  const rounds = roundsOf(measured);
  const figure = (way: string, id: string, more: string, unit: string, pick: (turn: Turn) => number): Figure =>
    figureOf({ name: `${row}.${id}.${way}`, what: what + more, value: middle(measured, way, pick), unit, rounds });
  return [...measured.keys()].flatMap((way) => [
    figure(way, 'cpu', ', CPU of the proxy', 'µs', ({ cpuUs }) => cpuUs),
    figure(way, 'rate', '', 'req/s', ({ perSecond }) => perSecond),
    figure(way, 'p50', '', 'ms', ({ p50 }) => p50),
    figure(way, 'p99', '', 'ms', ({ p99 }) => p99),
  ]);
}

interface Against {
  readonly name: string;
  readonly what: string;
  readonly gate: number;
  readonly of: string;
  readonly rival: string;
}

function against(measured: Measured, { name, what, gate, of, rival }: Against): Figure[] {
  if (!measured.has(rival)) return [];
  const ratio = cpuRatio(measured, of, rival);
  return [figureOf({ name, what, value: ratio, unit: 'times', gate, rival, ratio, rounds: roundsOf(measured) })];
}

/** The ways are `gateway`, and `nginx` and `http-proxy` where those are there. */
export const plainFigures = (measured: Measured): Figure[] => {
  const row = { of: 'gateway', what: 'CPU a proxied GET' };
  return [
    ...costs('gateway.proxied', 'a proxied GET', measured),
    ...against(measured, { ...row, name: 'gateway.proxied.against-nginx', gate: 3, rival: 'nginx' }),
    ...against(measured, { ...row, name: 'gateway.proxied.against-http-proxy', gate: 1.3, rival: 'http-proxy' }),
  ];
};

/** The peak that the shop is measured at (docs/performance.md), and of four requests one is an order. */
const PEAK_ORDERS = 700;
const PEAK_REQUESTS = PEAK_ORDERS * 4;

/** What is left when one of two gateways is lost, against the peak of the shop. */
export function capacityFigures(measured: Measured): Figure[] {
  const rounds = roundsOf(measured);
  const perSecond = middle(measured, 'gateway', (turn) => turn.perSecond);
  const row = { name: 'gateway.capacity.one', what: 'proxied GETs that one gateway on one core carries', rounds };
  return [
    figureOf({ ...row, value: perSecond, unit: 'req/s' }),
    figureOf({
      name: 'gateway.capacity.against-peak',
      what: `that, against the ${PEAK_REQUESTS} requests a second of ${PEAK_ORDERS} orders`,
      value: perSecond / PEAK_REQUESTS,
      unit: 'times',
      gate: 1,
      atLeast: true,
      rounds,
    }),
  ];
}

/** `cached` against `nginx-return`. */
export const cachedFigures = (measured: Measured): Figure[] => [
  ...costs('gateway.cached', 'a GET from the cache', measured),
  ...against(measured, {
    name: 'gateway.cached.against-nginx',
    what: 'CPU a GET from the cache, at nginx a constant',
    gate: 2.3,
    of: 'cached',
    rival: 'nginx-return',
  }),
];

const names = PARTS.map((_, index) => `part-${index}`);

/** `page` against the sum of `part-0` and its like; `alone` is the same over one connection. */
export function pageFigures(measured: Measured, alone: Measured): Figure[] {
  const rounds = roundsOf(measured);
  const perRound = (measured.get('page') ?? []).map(({ cpuUs }, round) => {
    const parts = names.map((name) => measured.get(name)?.[round]?.cpuUs ?? Number.NaN);
    return cpuUs / parts.reduce((sum, each) => sum + each, 0);
  });
  const slowest = Math.max(...names.map((name) => middle(alone, name, ({ p50 }) => p50)));
  const ratio = median(perRound);
  return [
    ...costs('gateway.page', 'a page of three parts, and each of them', measured),
    figureOf({
      name: 'gateway.page.against-parts',
      what: 'CPU a page against three proxied calls',
      value: ratio,
      unit: 'times',
      gate: 1.5,
      rival: 'part-0 + part-1 + part-2',
      ratio,
      rounds,
    }),
    figureOf({
      name: 'gateway.page.over-slowest',
      what: 'p50 of a page less that of its slowest part, one connection',
      value: middle(alone, 'page', ({ p50 }) => p50) - slowest,
      unit: 'ms',
      gate: 3,
      rounds,
    }),
  ];
}

/** What each proxy adds to `direct` over one connection. */
export function addedFigures(measured: Measured): Figure[] {
  const rounds = roundsOf(measured);
  const added = (way: string): number[] =>
    (measured.get(way) ?? []).map(({ p50 }, round) => p50 - (measured.get('direct')?.[round]?.p50 ?? Number.NaN));
  const proxies = [...measured.keys()].filter((way) => way !== 'direct');
  const ratio = median(added('gateway').map((ms, round) => ms / (added('nginx')[round] ?? Number.NaN)));
  const what = 'p50 over one connection, less that of a direct call';
  return [
    ...proxies.map((way) =>
      figureOf({ name: `gateway.added.p50.${way}`, what, value: median(added(way)), unit: 'ms', rounds }),
    ),
    ...(measured.has('nginx')
      ? [
          figureOf({
            name: 'gateway.added.against-nginx',
            what,
            value: ratio,
            unit: 'times',
            gate: 2,
            rival: 'nginx',
            ratio,
            rounds,
          }),
        ]
      : []),
  ];
}
