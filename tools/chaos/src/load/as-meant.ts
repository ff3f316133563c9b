import type { ArrivalFigures } from './arrivals.ts';

/** One visit of a hundred that comes later than this is another load than was asked for. The machine is too busy for it. */
const MOST_LATE_MS = 500;

/** How visitors came otherwise than asked for. */
export interface NotAsMeant {
  readonly says: string;
  /** Whoever sends them was late, whatever the shop did: figures of time say nothing. A shop that hangs only makes it drop some. */
  readonly isLate: boolean;
}

/** What was not as the experiment asked for; undefined where visitors came as meant. Pure. */
export function notAsMeant({ arrivals, dropped, lateMs }: ArrivalFigures): NotAsMeant | undefined {
  const isLate = lateMs > MOST_LATE_MS;
  const wrong = [
    ...(dropped > 0 ? [`${dropped} of ${arrivals} visits were dropped`] : []),
    ...(isLate ? [`visits came up to ${lateMs} ms late`] : []),
  ];
  return wrong.length === 0 ? undefined : { says: wrong.join(', '), isLate };
}
