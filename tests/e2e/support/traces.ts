import { shopContext } from '../../../tools/cli/src/shop/context.ts';

/** What of a span in the trace store is looked at here. */
export interface StoredSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  name: string;
  service: string;
  attributes: Record<string, unknown>;
}

type Hop = readonly [service: string, name: string, times: number];

/** What every order passes that gets as far as inventory. */
const PLACED: readonly Hop[] = [
  ['gateway', 'POST /api/orders', 1],
  ['gateway', 'POST order', 1],
  ['order', 'POST /orders', 1],
  ['order', 'commit order', 1],
  ['order', 'send inventory.commands.v1', 1],
  ['inventory', 'process inventory.commands.v1', 1],
  ['inventory', 'send inventory.reservations.v1', 1],
  ['order', 'process inventory.reservations.v1', 1],
  ['order', 'send order.events.v1', 2],
];
const calls = (times: number): Hop[] => [
  ['order', 'POST payment', times],
  ['ambassador', 'POST ambassador/payment', times],
  ['ambassador', 'POST payment', times],
];
const AUTHORISED: readonly Hop[] = [
  ['order', 'payment authorise', 1],
  ['payment', 'POST /payments/authorise', 1],
];

/** The hops of an order by how it ended, each at least so many times: what is delivered twice is seen twice. */
export const HOPS = {
  confirmed: [
    ...PLACED,
    ...AUTHORISED,
    ...calls(2),
    ['order', 'send inventory.commands.v1', 2],
    ['inventory', 'process inventory.commands.v1', 2],
    ['inventory', 'send inventory.reservations.v1', 2],
    ['order', 'process inventory.reservations.v1', 2],
    ['order', 'payment capture', 1],
    ['payment', 'POST /payments/:paymentId/:kind', 1],
  ],
  'payment-declined': [...PLACED, ...AUTHORISED, ...calls(1), ['inventory', 'process inventory.commands.v1', 2]],
  'out-of-stock': PLACED,
} as const satisfies Record<string, readonly Hop[]>;

/** Spans by which an order is found: what is sent and received for it, and paid. */
const NAMES_ORDER = /^((send|process) (inventory\.(commands|reservations)|order\.events)\.v1|payment \w+)$/;

/**
 * What keeps `spans` from being the one complete trace of an order that ended so; nothing when it is. `caller`: the traceparent
 * that the order was placed with.
 */
export function gaps(spans: readonly StoredSpan[], outcome: keyof typeof HOPS, caller: string): string[] {
  const [, , outside] = caller.split('-');
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const isRoot = ({ parentSpanId }: StoredSpan) => parentSpanId === null || parentSpanId === outside;
  const roots = spans.filter(isRoot);
  const orphans = spans.filter((span) => !isRoot(span) && !ids.has(span.parentSpanId ?? ''));
  const traces = new Set(spans.map(({ traceId }) => traceId));
  const missing = HOPS[outcome].flatMap(([service, name, times]) => {
    const found = spans.filter((span) => span.service === service && span.name === name).length;
    return found < times ? [`${service} ${name}: ${found} of ${times}`] : [];
  });
  const nameless = spans.filter(({ name, attributes }) => NAMES_ORDER.test(name) && !attributes['souk.order.id']);
  return [
    ...(traces.size === 1 ? [] : [`${traces.size} traces`]),
    ...(roots.length === 1 ? [] : [`${roots.length} roots: ${roots.map(({ name }) => name).join(', ')}`]),
    ...orphans.map(({ service, name }) => `${service} ${name}: its parent is not there`),
    ...nameless.map(({ service, name }) => `${service} ${name}: does not say whose it is`),
    ...missing,
  ];
}

/** The trace store of the shop: at SOUK_TRACE_STORE_URL, or that of the instance. */
export class Traces {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static open(): Traces {
    const { SOUK_TRACE_STORE_URL, SOUK_INSTANCE } = process.env;
    const url = SOUK_TRACE_STORE_URL ?? shopContext(SOUK_INSTANCE ?? 'default').urls.TRACE_STORE_URL;
    if (url === undefined) throw new Error('this shop has no trace store: start it without --no-tracing');
    return new Traces(url);
  }

  /** The spans of the order's own trace as far as they have arrived. */
  async ofOrder(orderId: string): Promise<StoredSpan[]> {
    const answer = await fetch(new URL(`/traces?order=${orderId}`, this.#url));
    if (answer.status === 404) return [];
    if (!answer.ok) throw new Error(`the trace store answered ${answer.status}`);
    return ((await answer.json()) as { spans: StoredSpan[] }).spans;
  }
}
