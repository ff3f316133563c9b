import { z } from 'zod';
import { percentile } from '../../../../bench/percentile.ts';
import type { Observations, SeenOrder, Window } from '../run/observations.ts';
import type { Measure } from './measure.ts';

const none = z.strictObject({});
type None = z.output<typeof none>;

const endOf = ({ confirmedAt, closedAt }: SeenOrder): number => confirmedAt ?? closedAt ?? Infinity;
const within = (at: number | undefined, { from, to }: Window): boolean => at !== undefined && at >= from && at < to;
const newestOf = ({ answers, samples }: Observations): number =>
  Math.max(0, ...[answers.at(-1)?.at, samples.at(-1)?.at].filter((at) => at !== undefined));

interface OrderTime {
  readonly ms: number;
  readonly isOpen: boolean;
}

/**
 * How long each order placed in the window took to be confirmed. One that is still open took at least as long as it is known to be
 * open; one that ended otherwise says nothing.
 */
export function timesOf(seen: Observations, window: Window): OrderTime[] {
  return seen.orders
    .filter(({ placedAt }) => within(placedAt, window))
    .flatMap(({ placedAt, confirmedAt, closedAt }): OrderTime[] => {
      if (confirmedAt !== undefined) return [{ ms: confirmedAt - placedAt, isOpen: false }];
      return closedAt === undefined ? [{ ms: Math.max(0, newestOf(seen) - placedAt), isOpen: true }] : [];
    });
}

/** Orders confirmed a second, whenever they were placed. */
export const confirmedRate: Measure<None> = {
  name: 'confirmed-rate',
  unit: '/s',
  parameters: none,
  figure: ({ orders }, window) => {
    const seconds = (window.to - window.from) / 1_000;
    if (seconds <= 0 || !orders.some(({ placedAt }) => placedAt < window.to)) return undefined;
    return orders.filter(({ confirmedAt }) => within(confirmedAt, window)).length / seconds;
  },
};

/** From placed to confirmed, of the orders placed in the window. */
export const confirmP95: Measure<None> = {
  name: 'confirm-p95',
  unit: 'ms',
  parameters: none,
  figure: (seen, window) => {
    const times = timesOf(seen, window).map(({ ms }) => ms);
    return times.length === 0 ? undefined : percentile(times, 95);
  },
};

/** Orders placed in the window that were refused after they had been accepted. */
export const rejectedIn = ({ orders }: Observations, window: Window): SeenOrder[] =>
  orders.filter(({ placedAt, isRejected }) => isRejected === true && within(placedAt, window));

/** Of the orders placed in the window of which something has come: how many were refused. */
export const rejectedShare: Measure<None> = {
  name: 'rejected-share',
  unit: '%',
  parameters: none,
  figure: (seen, window) => {
    const ended = seen.orders.filter((order) => within(order.placedAt, window) && endOf(order) < Infinity);
    return ended.length === 0 ? undefined : (100 * rejectedIn(seen, window).length) / ended.length;
  },
};

/** Orders that nothing had come of at the end of the window. */
export const openOrders: Measure<None> = {
  name: 'open-orders',
  unit: '',
  parameters: none,
  figure: ({ orders }, { to }) => {
    const placed = orders.filter(({ placedAt }) => placedAt < to);
    return placed.length === 0 ? undefined : placed.filter((order) => endOf(order) >= to).length;
  },
};

/** From the heal until every order placed before it had ended; undefined while one has not. */
export const drained: Measure<None> = {
  name: 'drained',
  unit: 's',
  parameters: none,
  figure: ({ orders, phases }, { from }) => {
    const healed = phases.heal ?? from;
    const ends = orders.filter(({ placedAt }) => placedAt < healed).map(endOf);
    const last = Math.max(healed, ...ends);
    return ends.length === 0 || last === Infinity ? undefined : (last - healed) / 1_000;
  },
};
