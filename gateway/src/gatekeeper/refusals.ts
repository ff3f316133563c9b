import type { Socket } from 'node:net';
import { isCodedError } from '@souk/http';
import type { Metrics } from '@souk/observability';
import { type AppLogger, UNROUTED } from '@souk/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ClientAddresses } from '../offloading/client-address.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether it was sent on to the gateway: what went wrong later is no refusal. */
    wentIn: boolean;
  }
}

/** A flood of them must not become a flood of lines. */
const LINES_PER_SECOND = 20;
/** What the parser, or TLS before it, made nothing of. Names of the network (`ECONNRESET` …) are callers who left. */
const UNREADABLE = /^(HPE|ERR)_/;

export interface RefusalsOptions {
  readonly metrics: Pick<Metrics, 'counter'>;
  readonly logger: Pick<AppLogger, 'warn'>;
  readonly clients: Pick<ClientAddresses, 'addressOf'>;
  /** Epoch seconds. */
  readonly now: () => number;
}

interface Fields {
  readonly code: string;
  readonly [name: string]: unknown;
}

/** What was turned away, for the audit: each is counted, and told in a line as long as there are not too many. */
export class Refusals {
  readonly #refused = new Map<string, number>();
  readonly #unanswered = new Map<string, number>();
  readonly #options: Omit<RefusalsOptions, 'metrics'>;
  #passed = 0;
  #second = 0;
  #lines = 0;

  constructor({ metrics, ...options }: RefusalsOptions) {
    this.#options = options;
    const byCode = (counts: ReadonlyMap<string, number>) => () =>
      [...counts].map(([code, value]) => ({ labels: { code }, value }));
    metrics.counter(
      'souk_gatekeeper_refused_total',
      'Requests that never reached the gateway, by what was wrong; `unreadable` were no requests.',
      byCode(this.#refused),
    );
    metrics.counter('souk_gatekeeper_passed_total', 'Requests that went in.', () => this.#passed);
    metrics.counter(
      'souk_gatekeeper_unanswered_total',
      'Requests that went in, and to which the gateway gave no answer, by why.',
      byCode(this.#unanswered),
    );
  }

  passed(request: Pick<FastifyRequest, 'wentIn'>): void {
    request.wentIn = true;
    this.#passed += 1;
  }

  hook(fastify: FastifyInstance): void {
    fastify.decorateRequest('wentIn', false);
    fastify.addHook('onError', (request, reply, error, done) => {
      const code = isCodedError(error) ? error.code : 'error';
      if (!request.wentIn) this.#note(this.#refused, 'refused', { code, ...this.#nameOf(request) });
      // Who left before the answer is why there is none.
      else if (!reply.raw.destroyed) this.#note(this.#unanswered, 'unanswered', { code, ...this.#nameOf(request) });
      done();
    });
    // It met no hook, neither this one nor that of paths.
    fastify.server.on(UNROUTED, (_error: Error, request: FastifyRequest) =>
      this.#note(this.#refused, 'refused', { code: 'malformed-url', ...this.#nameOf(request) }),
    );
    // Before the handler that answers: it closes the connection, which then has no address any more.
    fastify.server.prependListener('clientError', (error: Error & { code?: string }, socket) => {
      if (socket.destroyed || !UNREADABLE.test(error.code ?? '')) return;
      const client = this.#options.clients.addressOf({ headers: {}, raw: { socket: socket as Socket } });
      this.#note(this.#refused, 'refused', { code: 'unreadable', why: error.code, client });
    });
  }

  #nameOf(request: FastifyRequest): object {
    const path = request.raw.url?.split('?', 1)[0]?.slice(0, 200);
    return { method: request.method, path, client: this.#options.clients.addressOf(request) };
  }

  #note(counts: Map<string, number>, what: string, fields: Fields): void {
    counts.set(fields.code, (counts.get(fields.code) ?? 0) + 1);
    if (this.#hasRoom()) this.#options.logger.warn(fields, what);
  }

  #hasRoom(): boolean {
    const second = this.#options.now();
    if (second !== this.#second) [this.#second, this.#lines] = [second, 0];
    this.#lines += 1;
    return this.#lines <= LINES_PER_SECOND;
  }
}
