import { pipeline } from 'node:stream/promises';
import { type HttpResponse, PUBLIC_PATH_HEADER } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Activity } from '../activity/activity.js';
import { factOf } from '../activity/fact.js';
import type { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { forwardedHeaders, returnedHeaders } from '../gatekeeper/header-lists.js';
import { gone } from './gone.js';
import type { Route } from './routes.js';
import type { Upstreams } from './upstreams.js';

/** Sends an admitted request to its service and the answer back, bytes untouched. */
export class Proxy {
  readonly #gatekeeper: Gatekeeper;
  readonly #upstreams: Upstreams;
  readonly #activity: Pick<Activity, 'note'>;
  readonly #settings: { readonly value: { readonly upstreamTimeoutMs: number } };

  constructor(
    gatekeeper: Gatekeeper,
    upstreams: Upstreams,
    activity: Pick<Activity, 'note'>,
    settings: { readonly value: { readonly upstreamTimeoutMs: number } },
  ) {
    this.#gatekeeper = gatekeeper;
    this.#upstreams = upstreams;
    this.#activity = activity;
    this.#settings = settings;
  }

  /** `target` is path and query at the service. */
  async forward(request: FastifyRequest, reply: FastifyReply, route: Route, target: string): Promise<void> {
    const token = await this.#gatekeeper.admit({ request, reply }, route.access);
    const waitMs = waitOf(request.query);
    const body = request.body instanceof Uint8Array && request.body.length > 0 ? request.body : undefined;
    const answer = await this.#upstreams.of(route.upstream).request({
      method: route.method,
      path: target,
      headers: {
        ...forwardedHeaders(request.headers),
        authorization: `Bearer ${token}`,
        [PUBLIC_PATH_HEADER]: request.url.split('?', 1)[0] ?? '/',
      },
      ...(body !== undefined && { body }),
      ...(route.isStream && { bodyTimeoutMs: 0 }),
      isLong: route.isStream === true || waitMs > 0,
      timeoutMs: this.#settings.value.upstreamTimeoutMs + waitMs,
      signal: gone(reply),
    });
    await relay(answer, reply);
    if (route.tells === undefined || answer.status < 200 || answer.status > 299) return;
    const fact = factOf(route.tells, target, body);
    if (fact !== undefined) this.#activity.note({ request, reply }, token, fact);
  }
}

/** A long poll (`?wait=5s`) is answered late on purpose; milliseconds. */
function waitOf(query: unknown): number {
  const wait = typeof query === 'object' && query !== null && 'wait' in query ? String(query.wait) : '';
  const seconds = Number(/^(\d{1,2})s$/.exec(wait)?.[1] ?? 0);
  return Math.min(seconds, 30) * 1_000;
}

async function relay({ status, headers, body }: HttpResponse, reply: FastifyReply): Promise<void> {
  const own = reply.getHeaders();
  reply.hijack();
  reply.raw.writeHead(status, { ...definedOnly(own), ...returnedHeaders(headers) });
  // An event stream may stay silent for long; its headers are news already.
  reply.raw.flushHeaders();
  // Either side may vanish; pipeline closes the other, and a cut answer is seen as cut.
  await pipeline(body, reply.raw).catch(() => undefined);
}

/** Two cookies are two header lines. */
const definedOnly = (headers: Record<string, unknown>): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).filter(
      (entry): entry is [string, string | string[]] => typeof entry[1] === 'string' || Array.isArray(entry[1]),
    ),
  );
