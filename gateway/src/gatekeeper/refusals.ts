import { isCodedError } from '@souk/http';
import type { Metrics } from '@souk/observability';
import type { AppLogger } from '@souk/service-kit';
import type { FastifyInstance } from 'fastify';

/** A flood of them must not become a flood of lines. */
const LINES_PER_SECOND = 20;

/** What was turned away, for the audit: each is counted, and told in a line as long as there are not too many. */
export class Refusals {
  readonly #counts = new Map<string, number>();
  readonly #logger: Pick<AppLogger, 'warn'>;
  /** Epoch seconds. */
  readonly #now: () => number;
  #passed = 0;
  #second = 0;
  #lines = 0;

  constructor(metrics: Metrics, logger: Pick<AppLogger, 'warn'>, now: () => number) {
    this.#logger = logger;
    this.#now = now;
    metrics.counter(
      'souk_gatekeeper_refused_total',
      'Requests that never reached the gateway, by what was wrong.',
      () => [...this.#counts].map(([code, value]) => ({ labels: { code }, value })),
    );
    metrics.counter('souk_gatekeeper_passed_total', 'Requests that went in.', () => this.#passed);
  }

  passed(): void {
    this.#passed += 1;
  }

  hook(fastify: FastifyInstance): void {
    fastify.addHook('onError', (request, _reply, error, done) => {
      const code = isCodedError(error) ? error.code : 'error';
      this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
      if (this.#hasRoom()) {
        const path = request.raw.url?.split('?', 1)[0]?.slice(0, 200);
        this.#logger.warn({ code, method: request.method, path, peer: request.raw.socket.remoteAddress }, 'refused');
      }
      done();
    });
  }

  #hasRoom(): boolean {
    const second = this.#now();
    if (second !== this.#second) [this.#second, this.#lines] = [second, 0];
    this.#lines += 1;
    return this.#lines <= LINES_PER_SECOND;
  }
}
