import type { HttpResponse } from '@souk/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type CacheHint, type CacheRules, keyOf } from './cache-rules.js';
import type { AnswerHeaders, Compression } from './compression.js';
import type { TellCut } from './cut-answers.js';
import { joined, present } from './delivery.js';
import { alsoVary, type Coding, codingFor } from './encodings.js';
import { isKnown, type KeptAnswer } from './kept-answer.js';
import { type Price, priceOf } from '../throttling/plan.js';
import type { Throttle } from '../throttling/throttle.js';
import type { Outcome, ResponseCache, Wanted } from './response-cache.js';

export interface CacheSettings {
  readonly value: {
    readonly responseCache: boolean;
    readonly compression: boolean;
    readonly compressionMinBytes: number;
  };
}
/** What of a route matters here. */
export interface CacheableRoute {
  readonly method: string;
  readonly path: string;
  readonly upstream: string;
  readonly access: string;
  readonly tells?: string | undefined;
  readonly throttle?: Price | undefined;
  readonly cache?: CacheHint | undefined;
}
export interface Ask {
  readonly route: CacheableRoute;
  /** Request headers by which the route was chosen. */
  readonly chosenBy: readonly string[];
  /** Callers meet different versions of the service: nothing is shared between them. */
  readonly isDivided: boolean;
  /** The route table that the request began with. */
  readonly table: object;
  /** Asks the service for everybody: unconditionally, and not ended by this caller. */
  readonly load: () => Promise<HttpResponse>;
}
export interface CachedAnswersOptions {
  readonly cache: ResponseCache;
  readonly rules: CacheRules;
  readonly compression: Compression;
  readonly throttle: Throttle;
  /** The route table in force: another object after each change. */
  readonly routes: { readonly table: object };
  readonly tellCut: TellCut;
}
/** `answered`: nothing left to do. `answer`: from the service, for this caller to be given. `alone`: ask for this caller only. */
export type Offer =
  | { readonly kind: 'answered' }
  | { readonly kind: 'answer'; readonly answer: HttpResponse }
  | { readonly kind: 'alone' };

const ALONE: Offer = { kind: 'alone' };
const ANSWERED: Offer = { kind: 'answered' };

/** Pattern: Gateway Offloading. Between requests and the kept answers: who may have one, and how it goes out. */
export class CachedAnswers {
  readonly #cache: ResponseCache;
  readonly #rules: CacheRules;
  readonly #compression: Compression;
  readonly #throttle: Throttle;
  readonly #routes: CachedAnswersOptions['routes'];
  readonly #tellCut: TellCut;
  readonly #settings: CacheSettings;
  /** That the kept answers belong to: by another one, an address may mean something else. */
  #table: object;
  /** Since the start, by what came of it. */
  readonly counts = new Map<string, number>();

  constructor({ cache, rules, compression, throttle, routes, tellCut }: CachedAnswersOptions, settings: CacheSettings) {
    this.#routes = routes;
    this.#table = routes.table;
    this.#cache = cache;
    this.#rules = rules;
    this.#compression = compression;
    this.#throttle = throttle;
    this.#tellCut = tellCut;
    this.#settings = settings;
  }

  /** For callers of whom nothing is known, before anything else is done for them: neither route nor token is looked at. */
  hook(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      const kept = this.#settings.value.responseCache ? this.#freshFor(request) : undefined;
      if (kept === undefined) return done();
      request.routeTemplate = kept.route;
      try {
        this.#throttle.charge({ request, reply }, undefined, kept.price ?? priceOf(request));
      } catch (error) {
        return done(error as Error);
      }
      this.#count('hit');
      void this.#send(kept, this.#hit(kept), request, reply);
    });
  }

  /** After the gatekeeper. @throws what the service's call throws, when there is nothing kept to give instead */
  offer(request: FastifyRequest, reply: FastifyReply, ask: Ask): Offer | Promise<Offer> {
    this.#followTable();
    const hint = this.#settings.value.responseCache ? this.#rules.hintOf(ask.route) : undefined;
    // Who began with another table may be led to another service: what it answers is kept for nobody.
    if (hint === undefined || ask.isDivided || ask.table !== this.#table) return ALONE;
    const key = keyFor(request);
    if (this.#rules.hasCredentials(request.headers)) return this.#toKnownCaller(key, request, reply);
    const { route, chosenBy, load } = ask;
    const { upstream, path, tells, throttle: price } = route;
    const about = { upstream, route: path, isTold: tells !== undefined, price, chosenBy };
    return this.#toAnybody({ key, headers: request.headers, hint, about, load }, request, reply);
  }

  async #toAnybody(wanted: Wanted, request: FastifyRequest, reply: FastifyReply): Promise<Offer> {
    const outcome = await this.#cache.get(wanted);
    this.#count(outcome.kind);
    if (outcome.kind === 'passed')
      return this.#noted(reply, 'souk; fwd=uri-miss', { kind: 'answer', answer: outcome.answer });
    if (outcome.kind === 'alone') return this.#noted(reply, 'souk; fwd=bypass', ALONE);
    await this.#send(outcome.kept, this.#statusOf(outcome), request, reply);
    return ANSWERED;
  }

  #followTable(): void {
    if (this.#table === this.#routes.table) return;
    this.#table = this.#routes.table;
    this.#cache.purge();
  }

  /** Something was written there: what is kept of that service may be wrong. */
  written(upstream: string): void {
    this.#cache.purge(upstream);
  }

  purge(upstream?: string): number {
    return this.#cache.purge(upstream);
  }

  #freshFor(request: FastifyRequest): KeptAnswer | undefined {
    const { method, headers } = request;
    if ((method !== 'GET' && method !== 'HEAD') || this.#rules.hasCredentials(headers)) return undefined;
    this.#followTable();
    const kept = this.#cache.fresh(keyFor(request), headers);
    // A visitor's look is told before it is answered.
    return kept?.isTold && headers.cookie !== undefined ? undefined : kept;
  }

  /** Of what others fetched only what its service calls public; never a reason to fetch for others. */
  async #toKnownCaller(key: string, request: FastifyRequest, reply: FastifyReply): Promise<Offer> {
    const kept = this.#cache.fresh(key, request.headers);
    if (kept?.isPublic !== true) return this.#noted(reply, 'souk; fwd=bypass', ALONE);
    this.#count('hit');
    await this.#send(kept, this.#hit(kept), request, reply);
    return ANSWERED;
  }

  #noted(reply: FastifyReply, status: string, offer: Offer): Offer {
    void reply.header('cache-status', status);
    return offer;
  }

  /** At once, but for the first who wants it compressed. */
  #send(
    kept: KeptAnswer,
    cacheStatus: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): undefined | Promise<void> {
    const headers = joined(reply.getHeaders(), kept.headers);
    headers['age'] = String(Math.max(0, Math.floor(this.#cache.ageMs(kept) / 1_000)));
    headers['cache-status'] = cacheStatus;
    if (kept.chosenBy.length > 0) headers['vary'] = alsoVary(headers['vary'], ...kept.chosenBy);
    reply.hijack();
    // From here on nobody else answers: what goes wrong is a cut answer.
    const cut = (error: unknown): undefined => {
      reply.raw.destroy();
      this.#tellCut(error, request);
    };
    try {
      const coding = this.#codingFor(kept, request, headers);
      if (coding === undefined) return endWith(kept, headers, request, reply);
      const coded = kept.coded[coding];
      if (coded !== undefined) return endWith(kept, headers, request, reply, coded);
      const whole = this.#compression.encoders.whole(coding, kept.body);
      return whole
        .then((bytes) => {
          kept.coded[coding] = bytes;
          endWith(kept, headers, request, reply, bytes);
        })
        .catch(cut);
    } catch (error) {
      return cut(error);
    }
  }

  #codingFor(kept: KeptAnswer, request: FastifyRequest, headers: AnswerHeaders): Coding | undefined {
    const { compression, compressionMinBytes } = this.#settings.value;
    if (!compression || !kept.isCompressible || kept.body.length < compressionMinBytes) return undefined;
    headers['vary'] = alsoVary(headers['vary'], 'Accept-Encoding');
    const coding = codingFor(request.headers['accept-encoding']);
    if (coding === undefined || isKnown(kept.etag, request.headers['if-none-match'])) return undefined;
    headers['content-encoding'] = coding;
    return coding;
  }

  #hit = (kept: KeptAnswer): string => `souk; hit; ttl=${Math.ceil(this.#cache.freshMs(kept) / 1_000)}`;

  /** RFC 9211. */
  #statusOf(outcome: Extract<Outcome, { kept: KeptAnswer }>): string {
    switch (outcome.kind) {
      case 'stored':
        return 'souk; fwd=uri-miss; stored';
      case 'collapsed':
        return 'souk; fwd=uri-miss; collapsed';
      case 'failed':
        return `souk; fwd=stale${outcome.status === undefined ? '' : `; fwd-status=${outcome.status}`}; detail=stale-if-error`;
      default:
        return this.#hit(outcome.kept);
    }
  }

  #count(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}

const keyFor = ({ headers, raw }: FastifyRequest): string => keyOf(headers.host, raw.url ?? '/');

function endWith(
  kept: KeptAnswer,
  headers: AnswerHeaders,
  { method, headers: asked }: FastifyRequest,
  { raw }: FastifyReply,
  coded?: Buffer,
): undefined {
  if (isKnown(kept.etag, asked['if-none-match'])) {
    raw.writeHead(304, present(headers)).end();
    return;
  }
  headers['content-length'] = (coded ?? kept.body).length;
  raw.writeHead(200, present(headers));
  if (method === 'HEAD') raw.end();
  else if (coded !== undefined) raw.end(coded);
  // Text goes out with the headers in one piece, which costs half of what two do.
  else raw.end(kept.text, kept.encoding);
}
