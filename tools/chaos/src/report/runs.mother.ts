import type { ProvenPattern } from '../prove/patterns.ts';
import type { Answer, Observations, Sample, SeenOrder, Visit } from '../run/observations.ts';
import type { Verdict } from '../run/verdict.ts';

/** Kafka was away for 20 s of a run of a minute: orders were taken all along, and confirmed when it was back. */
export function aVerdict(other: Partial<Verdict> = {}): Verdict {
  return {
    experiment: 'kafka-down',
    title: 'Kafka is gone for twenty seconds',
    breaks: 'Kafka is killed with kill -9 and stays away for 20 s',
    expects: 'customers browse and order as ever, and every order is confirmed once Kafka is back',
    on: 'host',
    seed: 42,
    command: './souk chaos run kafka-down --seed 42',
    startedAt: '2026-11-21T18:05:09.123Z',
    tookMs: 74_300,
    commit: '2bd93c5',
    machine: '2 cores, 8 GiB, Node 24.9.0, linux',
    settings: ['12 arrivals a second, mix shop', 'baseline 8 s, hold 20 s, heals within 60 s', 'process-kill: kafka'],
    verdict: 'pass',
    sentence: '99.6 % of all requests were served, and the last of 31 orders was confirmed 6.2 s after Kafka was back',
    expectations: [
      {
        phase: 'before',
        that: 'orders are confirmed at once',
        measure: 'confirm-p95',
        figure: 143,
        unit: 'ms',
        bound: { atMost: 2_000 },
        ok: true,
      },
      {
        phase: 'during',
        that: 'customers can order all along',
        measure: 'success',
        figure: 100,
        unit: '%',
        bound: { atLeast: 99 },
        ok: true,
      },
      {
        phase: 'during',
        that: 'pages are as fast as before',
        measure: 'p95',
        figure: 212.4,
        unit: 'ms',
        bound: { atMost: 500 },
        ok: true,
      },
      {
        phase: 'after',
        that: 'what piled up is worked off',
        measure: 'drained',
        figure: 6.2,
        unit: 's',
        bound: { atMost: 40 },
        ok: true,
      },
    ],
    invariants: [
      { id: 'I1', what: 'every accepted order is there', ok: true, detail: '31 of 31 orders' },
      { id: 'I5', what: 'stock adds up for every product', ok: true, detail: '200 products' },
      { id: 'I9', what: 'nobody paid twice, or for nothing', ok: true, detail: '29 payments' },
    ],
    recoverySeconds: { 'first order confirmed': 4.1, 'every order final': 6.2, 'order steady': 5 },
    leftBehind: [],
    ...other,
  };
}

const SECOND = 1_000;
const SPEEDS: Readonly<Record<Visit, number>> = {
  browse: 12,
  page: 35,
  read: 20,
  cart: 28,
  order: 60,
  cancel: 45,
  return: 48,
};
const TURNS: readonly Visit[] = [
  'browse',
  'browse',
  'page',
  'browse',
  'cart',
  'browse',
  'page',
  'read',
  'order',
  'browse',
  'page',
  'cancel',
  'browse',
  'return',
];

/** The observations of that run; the same every time. `failing`: orders are refused while the fault lasts. */
export function someObservations({ failing = false } = {}): Observations {
  const during = (at: number): boolean => at >= 16 * SECOND && at < 36 * SECOND;
  const answers = Array.from({ length: 576 }, (_, index): Answer => {
    const at = 8 * SECOND + index * 83;
    const visit = TURNS[index % TURNS.length] ?? 'browse';
    const wobble = 1 + ((index * 7919) % 97) / 97;
    const slow = during(at) ? 2.5 : 1;
    const refused = failing && visit === 'order' && during(at);
    return { at, tookMs: SPEEDS[visit] * wobble * slow, visit, status: refused ? 503 : visit === 'order' ? 202 : 200 };
  });
  const orders = answers
    .filter(({ visit, status }) => visit === 'order' && status === 202)
    .map(({ at }, index): SeenOrder => ({
      placedAt: at,
      confirmedAt: during(at) ? 40 * SECOND + index * 130 : at + 180,
    }));
  return {
    answers,
    orders,
    samples: Array.from({ length: 58 }, (_, second) => sampleAt(second, orders)),
    phases: {
      prepare: 0,
      baseline: 8_000,
      hold: 16_000,
      heal: 36_000,
      quiesce: 40_000,
      check: 58_000,
      'clean-up': 64_000,
    },
    marks: [
      { at: 16_010, what: 'fault', text: 'kill -9 of kafka' },
      { at: 16_400, what: 'process', text: 'kafka is not there any more' },
      { at: 36_020, what: 'undone', text: 'start kafka again' },
      { at: 39_900, what: 'process', text: 'kafka is ready, after 3.9 s' },
    ],
  };
}

function sampleAt(second: number, orders: readonly SeenOrder[]): Sample {
  const at = second * SECOND;
  const away = Math.max(0, Math.min(second - 16, 20));
  const open = orders.filter(({ placedAt, confirmedAt = Infinity }) => placedAt <= at && confirmedAt > at).length;
  return {
    at,
    series: {
      'outbox.order': second > 44 ? 0 : away,
      'outbox.inventory': 0,
      'lag.inventory': second > 40 && second < 46 ? 46 * 3 - second * 3 : 0,
      'lag.order': 0,
      'breaker.gateway.recommendation': second > 18 && second < 37 ? 1 : second >= 37 && second < 40 ? 2 : 0,
      'breaker.gateway.catalog': 0,
      'breaker.gateway.order': 0,
      'orders.open': open,
      'ready.kafka': second >= 16 && second < 40 ? 0 : 1,
      'ready.order': 1,
    },
  };
}

/** The pattern whose proof the pages show. */
export const anOutbox: ProvenPattern = {
  name: 'transactional-outbox',
  page: 'docs/patterns/transactional-outbox.md',
  experiment: 'kafka-down',
  off: { variants: ['outbox-dual-write'], on: ['order'] },
  deciding: 'customers can order all along',
};

/** What a reader of a page reads, in one line. */
export const words = (text: string): string =>
  text
    .replace(/<(style|script)>[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('\u00a0', ' ')
    .replace(/\s+/g, ' ');
