import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { REPO_ROOT } from '../../../cli/src/home.ts';
import type { Observations, Window } from '../run/observations.ts';
import { answersOf, isServed, visit } from './answers.ts';
import type { SeriesRequest } from './measure.ts';
import { rejectedIn, timesOf } from './of-orders.ts';
import { metricSeries } from './of-processes.ts';
import { pointsOf } from './series.ts';

const good = z.union([
  z.strictObject({ visits: z.array(visit).min(1), withinMs: z.number().positive().optional() }),
  z.strictObject({ confirmedWithinMs: z.number().positive() }),
  z.strictObject({ process: z.string(), metric: z.string(), atMost: z.number() }),
]);

const slo = z.strictObject({
  name: z.string().regex(/^[a-z-]+$/),
  /** What a customer may count on, in words. */
  promise: z.string(),
  /** Percent that must be good. */
  objective: z.number().gt(0).lt(100),
  /** Visits that are served; those served that are so in time; accepted orders; looks at a process. */
  good,
});
export type Slo = z.infer<typeof slo>;

/** How a promise was kept in a window. Without anything seen of it, it was not. */
export interface SloResult {
  readonly name: string;
  readonly promise: string;
  readonly objective: number;
  readonly unit: '%';
  /** Percent that was good. */
  readonly figure: number | undefined;
  readonly good: number;
  readonly all: number;
  /** Share of the error budget of this window that was used: 1 is all of it. */
  readonly budgetUsed: number | undefined;
  readonly ok: boolean;
}

/** The promises of config/slo.yaml. @throws ZodError where it is wrong */
export function readSlos(file = join(REPO_ROOT, 'config', 'slo.yaml')): Slo[] {
  return z.strictObject({ slos: z.array(slo).min(1) }).parse(parse(readFileSync(file, 'utf8'))).slos;
}

/** What has to be sampled for them. */
export const sloRequests = (slos: readonly Slo[]): SeriesRequest[] =>
  slos.flatMap(({ good: wanted }) =>
    'process' in wanted
      ? [{ from: 'metrics', process: wanted.process, metric: wanted.metric, as: metricSeries(wanted) }]
      : [],
  );

/** Pure: the same observations give the same results, in the gate and in a report made later. */
export const evaluateSlos = (slos: readonly Slo[], seen: Observations, window: Window): SloResult[] =>
  slos.map((one) => {
    const { name, promise, objective } = one;
    const outcomes = outcomesOf(one, seen, window);
    const all = outcomes.length;
    const goodOnes = outcomes.filter(Boolean).length;
    const figure = all === 0 ? undefined : (100 * goodOnes) / all;
    const budgetUsed = figure === undefined ? undefined : (100 - figure) / (100 - objective);
    const ok = figure !== undefined && figure >= objective;
    return { name, promise, objective, unit: '%', figure, good: goodOnes, all, budgetUsed, ok };
  });

/** One for each that counts: whether it was good. */
function outcomesOf({ good: wanted }: Slo, seen: Observations, window: Window): boolean[] {
  if ('visits' in wanted) {
    const { visits, withinMs } = wanted;
    const answers = answersOf(seen.answers, window, visits);
    if (withinMs === undefined) return answers.map(isServed);
    return answers.filter(isServed).map(({ tookMs }) => tookMs <= withinMs);
  }
  if ('process' in wanted)
    return pointsOf(seen.samples, metricSeries(wanted), window).map(({ value }) => value <= wanted.atMost);
  const { confirmedWithinMs } = wanted;
  const confirmed = timesOf(seen, window).flatMap(({ ms, isOpen }) =>
    isOpen && ms <= confirmedWithinMs ? [] : [ms <= confirmedWithinMs],
  );
  return [...confirmed, ...rejectedIn(seen, window).map(() => false)];
}
