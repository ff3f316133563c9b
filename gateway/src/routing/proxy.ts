import { type HttpResponse, PUBLIC_PATH_HEADER } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Activity } from '../activity/activity.js';
import { factOf } from '../activity/fact.js';
import type { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { type OutgoingHeaders, outgoingHeaders } from '../gatekeeper/header-lists.js';
import { alsoVary } from '../offloading/encodings.js';
import type { Offloading } from '../offloading/offloading.js';
import { callerOf } from './caller.js';
import { gone } from './gone.js';
import { publicLocation, type Way } from './location.js';
import type { Match } from './route-matcher.js';
import type { Table } from './table.js';
import type { VersionCall } from './versions.js';

const SHARED_BODY_MS = 5_000;

/** A request that the route table knows, and the table that is to serve it to its end. */
export type Found = Extract<Match, { kind: 'found' }> & { readonly table: Pick<Table, 'of' | 'isOurs'> };

/** Sends an admitted request to its service and the answer back, bytes untouched. */
export class Proxy {
  readonly #gatekeeper: Pick<Gatekeeper, 'admit'>;
  readonly #activity: Pick<Activity, 'note' | 'page'>;
  readonly #offloading: Offloading;
  readonly #settings: { readonly value: { readonly upstreamTimeoutMs: number } };
  readonly #outgoing: OutgoingHeaders;

  constructor(
    gatekeeper: Pick<Gatekeeper, 'admit'>,
    activity: Pick<Activity, 'note' | 'page'>,
    offloading: Offloading,
    settings: { readonly value: { readonly upstreamTimeoutMs: number } },
    outgoing: OutgoingHeaders = outgoingHeaders,
  ) {
    this.#gatekeeper = gatekeeper;
    this.#activity = activity;
    this.#offloading = offloading;
    this.#settings = settings;
    this.#outgoing = outgoing;
  }

  /** `target` is path and query at the service. */
  async forward(request: FastifyRequest, reply: FastifyReply, found: Found, target: string): Promise<void> {
    const { route, table, chosenBy } = found;
    const { answers, delivery } = this.#offloading;
    const admitted = this.#gatekeeper.admit({ request, reply }, route.access, route.throttle);
    const token = typeof admitted === 'string' ? admitted : await admitted;
    if (chosenBy.length > 0) void reply.header('vary', alsoVary(reply.getHeader('vary'), ...chosenBy));
    const service = table.of(route.upstream);
    const call = this.#callOf({ request, reply }, found, target, token);
    const isDivided = route.version === undefined && (service.isDivided || service.isCritical(call));
    const load = (): Promise<HttpResponse> => service.request(forEverybody(call));
    const offer = await answers.offer(request, reply, { route, chosenBy, isDivided, table, load });
    let status = 200;
    if (offer.kind !== 'answered') {
      const answer = offer.kind === 'answer' ? offer.answer : await service.request(call);
      ({ status } = answer);
      if (route.method !== 'GET' && status < 400) answers.written(route.upstream);
      if (route.page === true && status === 200) this.#activity.page({ request, reply }, token);
      const way = { publicPath: call.headers[PUBLIC_PATH_HEADER] ?? '/', path: found.path };
      await delivery.send(located(answer, way, table), request, reply);
    }
    if (route.tells === undefined || status < 200 || status > 299) return;
    const fact = factOf(route.tells, target, call.body);
    if (fact !== undefined) this.#activity.note({ request, reply }, token, fact);
  }

  #callOf({ request, reply }: Exchange, { route }: Found, target: string, token: string): ServiceCall {
    const { clients } = this.#offloading;
    const waitMs = route.longPoll === true ? waitOf(request.query) : 0;
    const body = request.body instanceof Uint8Array && request.body.length > 0 ? request.body : undefined;
    return {
      method: route.method,
      path: target,
      headers: this.#outgoing(request.headers, {
        ...clients.headersOf(request),
        authorization: `Bearer ${token}`,
        [PUBLIC_PATH_HEADER]: request.url.split('?', 1)[0] ?? '/',
      }),
      signal: gone(reply),
      ...(body !== undefined && { body }),
      ...(route.stream && { bodyTimeoutMs: 0 }),
      isLong: route.stream === true || waitMs > 0,
      timeoutMs: (route.timeoutMs ?? this.#settings.value.upstreamTimeoutMs) + waitMs,
      version: route.version,
      caller: () => callerOf(request.headers, token, clients.addressOf(request)),
    };
  }
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface ServiceCall extends VersionCall {
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array;
}

/** Whole, whatever one caller has of it already, and soon: others wait for it. */
function forEverybody(call: ServiceCall): ServiceCall {
  const { 'if-none-match': _known, 'if-match': _version, ...headers } = call.headers;
  return { ...call, headers, bodyTimeoutMs: SHARED_BODY_MS, signal: undefined };
}

/** An answer that leads somewhere does so by public addresses. */
function located(answer: HttpResponse, way: Way, table: Pick<Table, 'isOurs'>): HttpResponse {
  const { location } = answer.headers;
  if (typeof location !== 'string') return answer;
  return {
    ...answer,
    headers: { ...answer.headers, location: publicLocation(location, way, (origin) => table.isOurs(origin)) },
  };
}

/** A long poll (`?wait=5s`) is answered late on purpose; milliseconds. */
function waitOf(query: unknown): number {
  const wait = typeof query === 'object' && query !== null && 'wait' in query ? String(query.wait) : '';
  const seconds = Number(/^(\d{1,2})s$/.exec(wait)?.[1] ?? 0);
  return Math.min(seconds, 30) * 1_000;
}
