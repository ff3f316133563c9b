import { styleText } from 'node:util';
import type { BreakerList, BreakerView } from '@souk/contracts';

const COLOURS = { closed: 'green', open: 'red', 'half-open': 'yellow' } as const;

export function renderList({ items, missing }: BreakerList): string[] {
  const silent = missing.map(
    ({ service, reason }) =>
      `  ${styleText('yellow', '!')} ${service} did not answer (${reason}): its ambassador's are not here`,
  );
  const { places, inUse, idlePercent } = reserveOf(items);
  const reserve = `  reserve: ${places - inUse} of ${places} places are free (${idlePercent} %)`;
  return [...items.flatMap(renderBreaker), ...silent, ...(places > 0 ? [reserve] : [])];
}

/** One line a breaker, and what failed last where it is not closed. */
export function renderBreaker(breaker: BreakerView): string[] {
  const { name, circuit, counts, bulkhead, lastError } = breaker;
  const places = bulkhead === null ? '' : `  ${taken(bulkhead)} under way, ${bulkhead.queued} waiting`;
  const state = styleText(COLOURS[circuit], `${circuit}${howLong(breaker)}`);
  const line = `  ${name.padEnd(24)} ${state}  ${counts.calls} calls, ${counts.failed} failed, ${counts.open + counts.full} refused${places}`;
  return circuit === 'closed' || lastError === null ? [line] : [line, `      ${lastError.message} (${lastError.at})`];
}

const taken = ({ inUse, places }: NonNullable<BreakerView['bulkhead']>): string =>
  typeof places !== 'number' ? String(inUse) : `${inUse} of ${places}`;

/** What all partitions together keep free for who needs it: the price of their walls. */
export function reserveOf(items: readonly Pick<BreakerView, 'bulkhead'>[]) {
  const told = items.flatMap(({ bulkhead }) => (bulkhead?.places ? [{ ...bulkhead, places: bulkhead.places }] : []));
  const places = told.reduce((sum, one) => sum + one.places, 0);
  const inUse = told.reduce((sum, one) => sum + Math.min(one.inUse, one.places), 0);
  return { places, inUse, idlePercent: places === 0 ? 0 : Math.round((1 - inUse / places) * 100) };
}

function howLong({ forced, openForMs }: BreakerView): string {
  if (forced !== null) return ' by hand';
  return openForMs === null ? '' : `, ${Math.ceil(openForMs / 1_000)} s to go`;
}
