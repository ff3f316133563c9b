import { CodedError } from '@souk/http';
import type { ReportRange } from '../persistence/sales-reports.js';

const DAY_MS = 24 * 60 * 60 * 1_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Without bounds the last 30 days. @throws CodedError `range-invalid` for one that ends before it begins, or is over a year */
export function rangeOf({ from, to }: { from?: string | undefined; to?: string | undefined }, now: Date): ReportRange {
  const last = to ?? (from !== undefined && from > dayOf(now.getTime()) ? from : dayOf(now.getTime()));
  const first = from ?? dayOf(Date.parse(last) - (DEFAULT_DAYS - 1) * DAY_MS);
  const days = (Date.parse(last) - Date.parse(first)) / DAY_MS + 1;
  if (days >= 1 && days <= MAX_DAYS) return { from: first, to: last };
  throw new CodedError('invalid', 'range-invalid', `A report is of 1 to ${MAX_DAYS} days, not of ${days}.`);
}
