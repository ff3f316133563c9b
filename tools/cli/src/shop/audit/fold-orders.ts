import { createHash } from 'node:crypto';

/** An event as its table holds it. */
export interface StoredEvent {
  readonly version: number;
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a view holds of an order, or should: its version and a fingerprint of the public order. */
export interface OrderPrint {
  readonly version: number;
  readonly print: string;
}

/** The events that others hear of; each leaves the order in the status of its name. */
const PUBLIC = new Set(['placed', 'rejected', 'confirmed', 'cancelled', 'shipped', 'return-requested', 'refunded']);
const OWING = new Set(['cancelled', 'return-requested']);
/** Terms of orders that were placed before orders had terms. */
const RETURN_DAYS = 14;
const DAY_MS = 86_400_000;

/**
 * The public order as the last of its events that others hear of left it, undefined without one. Written from the contract and not
 * from the service, so that the same mistake is not made twice.
 */
export function foldPublic(orderId: string, events: readonly StoredEvent[]): object | undefined {
  const sorted = [...events].sort((a, b) => a.version - b.version);
  const last = sorted.findLast(({ type }) => PUBLIC.has(type));
  const placed = sorted[0]?.data;
  if (last === undefined || placed === undefined) return undefined;
  const { userId, lines, total, address } = placed;
  return {
    orderId,
    userId,
    status: last.type,
    version: last.version,
    lines,
    total,
    address,
    ...(last.type === 'rejected' && { rejection: last.data['reason'] }),
    ...(OWING.has(last.type) && { outstanding: outstanding(last.data['outstanding']) }),
    ...shipping(sorted, last, Number(placed['returnDays'] ?? RETURN_DAYS)),
    placedAt: utc(sorted[0]?.at),
    updatedAt: utc(last.at),
  };
}

export function printOf(order: Readonly<Record<string, unknown>> | object): OrderPrint {
  const version = 'version' in order && typeof order.version === 'number' ? order.version : 0;
  return { version, print: createHash('sha256').update(canonical(order)).digest('base64url') };
}

function outstanding(stored: unknown): { refund: boolean; stock: boolean } {
  const { refund, stock } = stored as { refund: boolean; stock: unknown[] };
  return { refund, stock: stock.length > 0 };
}

function shipping(events: readonly StoredEvent[], last: StoredEvent, returnDays: number) {
  const shipped = events.find(({ type }) => type === 'shipped');
  if (shipped === undefined) return {};
  const shippedAt = utc(shipped.at);
  const until = new Date(Date.parse(shippedAt) + returnDays * DAY_MS).toISOString();
  return { shippedAt, ...(last.type === 'shipped' && { returnUntil: until }) };
}

const utc = (time: string | undefined): string => new Date(time ?? Number.NaN).toISOString();

/** JSON with sorted keys: equal orders give equal texts. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
