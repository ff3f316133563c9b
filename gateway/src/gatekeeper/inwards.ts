import type { OnApplicationShutdown } from '@nestjs/common';
import { createHttpClient, type HttpClient, type HttpRequest, type HttpResponse } from '@souk/http';
import { Bulkhead, BulkheadFull } from '@souk/resilience';
import { isWaiting, LONGEST_ANSWER_MS } from '../routing/waiting.js';
import { PASS_HEADER, type Passes } from './passes.js';

/** At a time. Who waits on purpose costs a socket and no time of anybody: as many as the gateway itself takes. */
const PLACES: Readonly<Record<Way, number>> = { prompt: 1_024, waiting: 2_000 };
/** The health check takes no place. */
const SPARE_CONNECTIONS = 1;

/** Event streams and long polls go another way than everything else, which never finds its connections taken by them. */
export type Way = 'prompt' | 'waiting';

export interface InwardsOptions {
  readonly baseUrl: string;
  readonly passes: Pick<Passes, 'current'>;
  readonly places?: Readonly<Record<Way, number>>;
}

/**
 * Pattern: Gatekeeper. The ways to the gateway. Each has its own connections, and no more requests than those: what is too much is told
 * so at once and never waits in the client, which would keep its body for as long as it takes, and show a pass that ended meanwhile.
 */
export class Inwards implements OnApplicationShutdown {
  readonly #passes: InwardsOptions['passes'];
  readonly #ways: Readonly<Record<Way, { readonly places: Bulkhead; readonly client: HttpClient }>>;

  constructor({ baseUrl, passes, places = PLACES }: InwardsOptions) {
    this.#passes = passes;
    const way = (concurrent: number) => {
      const limits = { headersTimeoutMs: LONGEST_ANSWER_MS, connections: concurrent + SPARE_CONNECTIONS };
      const client = createHttpClient({ name: 'gateway', baseUrl, ...limits });
      return { places: new Bulkhead('gateway', { concurrent }), client };
    };
    this.#ways = { prompt: way(places.prompt), waiting: way(places.waiting) };
  }

  /** Requests under way, their answers included. */
  get underWay(): Readonly<Record<Way, number>> {
    const { prompt, waiting } = this.#ways;
    return { prompt: prompt.places.inUse, waiting: waiting.places.inUse };
  }

  /**
   * With a pass, which is taken when there is a place, and `onEntered` called. The body of the answer must be read or dumped.
   * @throws BulkheadFull 503 `upstream-overloaded` when there is none; CodedError 503 `upstream-unavailable` when nobody is there
   */
  async request(call: HttpRequest, onEntered: () => void = () => undefined): Promise<HttpResponse> {
    const { places, client } = this.#ways[isWaiting(call.method, call.path) ? 'waiting' : 'prompt'];
    if (!places.tryEnter()) throw new BulkheadFull('gateway');
    try {
      onEntered();
      const pass = await this.#passes.current();
      const answer = await client.request({ ...call, headers: { ...call.headers, [PASS_HEADER]: pass } });
      answer.body.whenOver(() => places.leave());
      return answer;
    } catch (error) {
      places.leave();
      throw error;
    }
  }

  /** For the health check. @throws when the gateway is not there, or not well */
  async check(): Promise<void> {
    const { status, body } = await this.#ways.prompt.client.request({ method: 'GET', path: '/openapi.json' });
    body.dump();
    // It refuses whoever shows no pass, which is an answer.
    if (status >= 500) throw new Error(`answered ${status}`);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(Object.values(this.#ways).map(({ client }) => client.close()));
  }
}
