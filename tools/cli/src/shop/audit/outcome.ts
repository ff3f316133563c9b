import type { OrderFact } from './facts.ts';

/** How an order ended, told from its events alone. `open` orders are still on their way. */
export type Outcome = 'open' | 'paid' | 'rejected' | 'cancelled' | 'refunded';

const TERMINAL = ['confirmed', 'rejected', 'cancelled'];

/** What may follow the terminal event, each at most once; stock comes back shard by shard, hence more than once. */
const FOLLOW_UPS: Readonly<Record<string, readonly string[]>> = {
  confirmed: ['cancelled', 'shipped', 'return-requested', 'stock-returned', 'payment-refunded', 'refunded'],
  rejected: [],
  cancelled: [],
};

export function outcomeOf({ events }: OrderFact): Outcome {
  const seen = new Set(events.map(({ type }) => type));
  if (seen.has('refunded')) return 'refunded';
  if (seen.has('rejected')) return 'rejected';
  if (seen.has('return-requested')) return 'open';
  if (seen.has('cancelled')) return seen.has('confirmed') ? 'open' : 'cancelled';
  return seen.has('confirmed') ? 'paid' : 'open';
}

/** Why the stream does not end in exactly one terminal event followed by its declared follow-ups; undefined if it does. */
export function endingFault({ events }: OrderFact): string | undefined {
  const first = events.findIndex(({ type }) => TERMINAL.includes(type));
  if (first < 0) return undefined;
  const ending = events[first]?.type ?? '';
  const after = events.slice(first + 1).map(({ type }) => type);
  const undeclared = after.find((type) => !FOLLOW_UPS[ending]?.includes(type));
  if (undeclared !== undefined) return `${undeclared} after ${ending}`;
  if (after.includes('cancelled') && after.includes('shipped')) return 'cancelled and shipped';
  if (after.includes('return-requested') && !after.includes('shipped')) return 'return-requested without shipped';
  const repeated = after.find((type, index) => type !== 'stock-returned' && after.indexOf(type) !== index);
  return repeated === undefined ? undefined : `${repeated} twice`;
}
