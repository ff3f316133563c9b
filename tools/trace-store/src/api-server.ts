import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Logger } from '@souk/observability';
import { createServer } from './node-http.js';
import { BrokenBatch, parseBatch } from './otlp.js';
import { problemOf, Refusal } from './problem.js';
import { receiveBody } from './receive-body.js';
import type { SpanStore } from './span-store.js';
import { summaryOf } from './summary.js';

/** Bodies are held in memory, 4 MiB each, until they are stored. */
const BATCHES_AT_ONCE = 8;
const LATEST_AT_MOST = 200;

export interface ApiOptions {
  readonly store: SpanStore;
  readonly now: () => number;
  readonly logger: Logger;
  readonly refused: () => void;
}

/** `POST /v1/traces` takes spans in; `GET /traces…` answers with them. */
export function createApiServer(options: ApiOptions): Server {
  let batches = 0;
  return createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, async (request, response) => {
    try {
      const url = addressOf(request);
      if (url.pathname !== '/v1/traces') return send(response, 200, answer(options.store, request, url));
      requireMethod(request, response, 'POST');
      if (batches >= BATCHES_AT_ONCE) throw new Refusal(503, 'service-unavailable', 'Too many batches at once.');
      batches += 1;
      await takeIn(options, request).finally(() => (batches -= 1));
      send(response, 200, { partialSuccess: {} });
    } catch (error) {
      refuse(options, request, response, error);
    }
  });
}

/** Not relative to a base: `//x` would then be the name of a host. */
function addressOf({ url = '/' }: IncomingMessage): URL {
  const address = `http://localhost${url}`;
  if (url.startsWith('/') && URL.canParse(address)) return new URL(address);
  throw new Refusal(400, 'malformed-url', 'The address cannot be read.');
}

async function takeIn({ store, now }: ApiOptions, request: IncomingMessage): Promise<void> {
  const spans = parseBatch(await receiveBody(request));
  try {
    store.add(spans, now());
  } catch (error) {
    throw new Refusal(503, 'store-unavailable', `The spans could not be written: ${String(error)}`);
  }
}

function answer(store: SpanStore, request: IncomingMessage, url: URL): unknown {
  const [, first, traceId, rest] = url.pathname.split('/');
  if (first !== 'traces' || rest !== undefined) throw notFound('route-not-found', 'There is nothing at this address.');
  if (request.method !== 'GET') throw new Refusal(405, 'method-not-allowed', 'Traces are only read: GET.');
  if (traceId) return oneTrace(store, traceId.toLowerCase());
  const order = url.searchParams.get('order');
  return order === null ? latest(store, url.searchParams.get('limit')) : traceOfOrder(store, order.toLowerCase());
}

function oneTrace(store: SpanStore, traceId: string) {
  const spans = store.trace(traceId);
  if (spans.length === 0) throw notFound('trace-not-found', 'No trace with this id is here (any more).');
  return { traceId, spans };
}

/** `order=latest` stands for the order that was placed last. */
function traceOfOrder(store: SpanStore, wanted: string) {
  const orderId = wanted === 'latest' ? store.latestOrder() : wanted;
  const found = orderId === undefined ? undefined : store.traceOfOrder(orderId);
  if (found === undefined) throw notFound('trace-not-found', 'No trace of this order is here (yet, or any more).');
  return { orderId, ...found };
}

function latest(store: SpanStore, wanted: string | null) {
  const limit = Number(wanted ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > LATEST_AT_MOST) {
    throw new Refusal(400, 'validation-failed', `limit is a whole number from 1 to ${LATEST_AT_MOST}.`);
  }
  return { traces: Array.from(store.latest(limit), summaryOf) };
}

const notFound = (code: string, detail: string) => new Refusal(404, code, detail);

function requireMethod(request: IncomingMessage, response: ServerResponse, method: string): void {
  if (request.method === method) return;
  response.setHeader('allow', method);
  throw new Refusal(405, 'method-not-allowed', `This address takes ${method}.`);
}

function refuse(
  { logger, refused }: ApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  // Who hangs up in the middle of a batch sends it again, and nobody is left to tell.
  if (request.destroyed && !request.complete && !(error instanceof Refusal)) return;
  const refusal = refusalOf(error);
  if (request.method === 'POST') refused();
  if (refusal.status >= 500) logger.error({ err: error }, 'request failed');
  if (refusal.status === 503) response.setHeader('retry-after', '1');
  // What was not read of the body must not be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  send(response, refusal.status, problemOf(refusal), 'application/problem+json');
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof BrokenBatch) return new Refusal(400, 'broken-batch', error.message);
  // Nesting deeper than the stack is nothing that a tracer sends.
  if (error instanceof RangeError) return new Refusal(400, 'broken-batch', 'The batch is nested too deeply.');
  return new Refusal(500, 'internal-error', 'Something went wrong in the trace store; its log says what.');
}

function send(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length, 'cache-control': 'no-store' });
  response.end(bytes);
}
