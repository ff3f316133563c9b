import type { AnyMeasure } from './measure.ts';
import { confirmedRate, confirmP95, drained, openOrders, rejectedShare } from './of-orders.ts';
import { amplification, link, memory, metric, own, ready, restarts } from './of-processes.ts';
import { firstSuccess, p50, p95, p99, partial, rate, recovery, refused, success } from './of-visits.ts';

/** Every figure that an experiment can ask for by name. */
export const MEASURES: readonly AnyMeasure[] = [
  success,
  refused,
  partial,
  p50,
  p95,
  p99,
  rate,
  firstSuccess,
  recovery,
  confirmedRate,
  confirmP95,
  openOrders,
  rejectedShare,
  drained,
  metric,
  link,
  amplification,
  ready,
  restarts,
  memory,
  own,
];
