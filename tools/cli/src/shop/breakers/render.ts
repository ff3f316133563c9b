import { styleText } from 'node:util';
import type { BreakerList, BreakerView } from '@souk/contracts';

const COLOURS = { closed: 'green', open: 'red', 'half-open': 'yellow' } as const;

export function renderList({ items, missing }: BreakerList): string[] {
  const silent = missing.map(
    ({ service, reason }) =>
      `  ${styleText('yellow', '!')} ${service} did not answer (${reason}): its ambassador's are not here`,
  );
  return [...items.flatMap(renderBreaker), ...silent];
}

/** One line a breaker, and what failed last where it is not closed. */
export function renderBreaker(breaker: BreakerView): string[] {
  const { name, circuit, counts, bulkhead, lastError } = breaker;
  const places = bulkhead === null ? '' : `  ${bulkhead.inUse} under way, ${bulkhead.queued} waiting`;
  const state = styleText(COLOURS[circuit], `${circuit}${howLong(breaker)}`);
  const line = `  ${name.padEnd(24)} ${state}  ${counts.calls} calls, ${counts.failed} failed, ${counts.open + counts.full} refused${places}`;
  return circuit === 'closed' || lastError === null ? [line] : [line, `      ${lastError.message} (${lastError.at})`];
}

function howLong({ forced, openForMs }: BreakerView): string {
  if (forced !== null) return ' by hand';
  return openForMs === null ? '' : `, ${Math.ceil(openForMs / 1_000)} s to go`;
}
