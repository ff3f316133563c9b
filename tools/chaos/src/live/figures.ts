import { isServed, wasSent } from '../measure/answers.ts';
import type { Observations, Visit } from '../run/observations.ts';

const PAST_MS = 4_000;

/** How the shop does just now. */
export interface Now {
  /** Visits that were answered, a second. */
  readonly visitsPerSecond: number;
  /** Accepted, a second. */
  readonly ordersPerSecond: number;
  /** Milliseconds; undefined where nobody came. */
  readonly p95: number | undefined;
  /** Percentage that was not served, of the classes where there was any. */
  readonly errors: readonly { readonly visit: Visit; readonly percent: number }[];
  /** The worst of all outboxes, in seconds. */
  readonly outboxSeconds: number | undefined;
  /** Messages that consumers have not come to, all together. */
  readonly lag: number | undefined;
  readonly openOrders: number | undefined;
  /** `gateway.catalog open` of those that are not closed. */
  readonly breakers: readonly string[];
  readonly notReady: readonly string[];
}

/** Over the last four seconds. Pure. */
export function figuresNow({ answers, samples, orders }: Observations, now: number): Now {
  const recent = answers.filter(({ at, tookMs }) => at + tookMs >= now - PAST_MS);
  const seconds = Math.min(PAST_MS, Math.max(now, 1)) / 1_000;
  const times = recent
    .filter(wasSent)
    .map(({ tookMs }) => tookMs)
    .sort((a, b) => a - b);
  const series = samples.at(-1)?.series ?? {};
  const named = (prefix: string): [string, number][] =>
    Object.entries(series).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    );
  const outboxes = named('outbox.').map(([, age]) => age);
  const lags = named('lag.').map(([, messages]) => messages);
  return {
    visitsPerSecond: recent.length / seconds,
    ordersPerSecond: orders.filter(({ placedAt }) => placedAt >= now - PAST_MS).length / seconds,
    p95: times[Math.ceil(times.length * 0.95) - 1],
    errors: [...Map.groupBy(recent, ({ visit }) => visit)].flatMap(([visit, all]) => {
      const percent = (100 * all.filter((answer) => !isServed(answer)).length) / all.length;
      return percent === 0 ? [] : [{ visit, percent }];
    }),
    outboxSeconds: outboxes.length === 0 ? undefined : Math.max(...outboxes),
    lag: lags.length === 0 ? undefined : lags.reduce((sum, one) => sum + one, 0),
    openOrders: series['orders.open'],
    notReady: named('ready.').flatMap(([name, ready]) => (ready === 0 ? [name] : [])),
    breakers: named('breaker.').flatMap(([name, state]) =>
      state === 0 ? [] : [`${name} ${state === 1 ? 'open' : 'half-open'}`],
    ),
  };
}
