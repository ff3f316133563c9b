import { setTimeout as sleep } from 'node:timers/promises';
import { traceOf } from './render-trace.ts';
import type { Trace } from './render-trace.ts';
import type { TraceAnswer } from './span.ts';

/** Services hand their spans over once a second, a collector may hold them half a second more. */
const ARRIVED_AFTER_MS = 3_000;
const QUIET_MS = 2_000;
const WAIT_AT_MOST_MS = 5_000;
const LOOK_EVERY_MS = 250;
const LINKS_FOLLOWED = 16;

const systemClock = { now: Date.now, sleep: (ms: number): Promise<unknown> => sleep(ms) };

/** Asks the trace store for a path, wherever it runs. */
export type AskTraceStore = (path: string) => Promise<Response>;

/** The trace store answered, and not with a trace. */
export class TraceStoreRefusal extends Error {
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

export type Wanted = { readonly order: string } | { readonly trace: string };

/** The id of the order that was placed last; undefined when the store knows none. Waits, so that one placed just now counts. */
export async function latestOrder(ask: AskTraceStore, clock = systemClock): Promise<string | undefined> {
  await clock.sleep(QUIET_MS);
  return (await readTrace(ask, { order: 'latest' }))?.orderId;
}

/** For spans that were handled in a batch: how many messages it had, by the id of the batch's span. */
export async function batchSizes(ask: AskTraceStore, { traceId, spans }: TraceAnswer): Promise<Map<string, number>> {
  const links = spans.flatMap((span) => span.links.map((link) => link.traceId));
  const traces = [...new Set(links)].filter((id) => id !== traceId).slice(0, LINKS_FOLLOWED);
  const linked = await Promise.all(traces.map((trace) => readTrace(ask, { trace })));
  return new Map(
    linked.flatMap((one) =>
      (one?.spans ?? []).flatMap(({ spanId, attributes }): [string, number][] => {
        const size = attributes['messaging.batch.message_count'];
        return typeof size === 'number' ? [[spanId, size]] : [];
      }),
    ),
  );
}

/**
 * The trace, once it seems to be all there: complete and quiet, or 5 s later as far as it is there. Undefined when the
 * store has not heard of it by then.
 */
export async function awaitTrace(ask: AskTraceStore, wanted: Wanted, clock = systemClock): Promise<Trace | undefined> {
  const deadline = clock.now() + WAIT_AT_MOST_MS;
  let seen: Trace | undefined;
  let changedAt = clock.now();
  for (;;) {
    const trace = await readTrace(ask, wanted);
    if (trace?.tree.spans !== seen?.tree.spans) changedAt = clock.now();
    seen = trace ?? seen;
    const settled =
      clock.now() - changedAt >= QUIET_MS || clock.now() - (seen?.tree.endedAtMs ?? Infinity) >= ARRIVED_AFTER_MS;
    if ((seen?.complete && settled) || clock.now() >= deadline) return seen;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

async function readTrace(ask: AskTraceStore, wanted: Wanted): Promise<Trace | undefined> {
  const response = await ask('order' in wanted ? `/traces?order=${wanted.order}` : `/traces/${wanted.trace}`);
  const body: unknown = await response.json();
  if (isTraceAnswer(body)) return traceOf(body);
  if (response.status === 404) return undefined;
  throw new TraceStoreRefusal(response.status, JSON.stringify(body).slice(0, 300));
}

function isTraceAnswer(body: unknown): body is TraceAnswer {
  return typeof body === 'object' && body !== null && 'traceId' in body && 'spans' in body && Array.isArray(body.spans);
}
