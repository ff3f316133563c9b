import type { HttpClient } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClientAddresses } from '../offloading/client-address.js';
import { present } from '../offloading/delivery.js';
import { gone } from '../routing/gone.js';
import type { KnownRoutes } from './known-routes.js';
import { answeredHeaders, passedHeaders } from './passed-headers.js';
import { PASS_HEADER, type Passes } from './passes.js';
import type { Refusals } from './refusals.js';
import type { BodyReader } from './strict-request.js';

export interface DoorOptions {
  readonly gateway: Pick<HttpClient, 'request'>;
  readonly passes: Pick<Passes, 'current'>;
  readonly clients: Pick<ClientAddresses, 'headersOf'>;
  readonly routes: Pick<KnownRoutes, 'find'>;
  readonly bodyOf: BodyReader;
  /** Names of further headers that go in. */
  readonly passedHeaders: readonly string[];
  readonly refusals: Pick<Refusals, 'passed'>;
}

/** Pattern: Gatekeeper, in a process of its own. Sends in what was found to be clean, and the answer out as it comes. */
export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  get routes(): Pick<KnownRoutes, 'find'> {
    return this.#options.routes;
  }

  /** @throws CodedError what is wrong with the body; 503 `upstream-unavailable` when the gateway is not there */
  async forward(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { gateway, passes, clients, routes, bodyOf, refusals, passedHeaders: more } = this.#options;
    const body = bodyOf(request, routes);
    refusals.passed();
    const answer = await gateway.request({
      method: request.method as Parameters<HttpClient['request']>[0]['method'],
      path: request.raw.url ?? '/',
      headers: Object.assign(passedHeaders(request.headers, more), clients.headersOf(request), {
        [PASS_HEADER]: await passes.current(),
      }),
      signal: gone(reply),
      // Streams and long polls are the gateway's to end.
      bodyTimeoutMs: 0,
      ...(body !== undefined && { body }),
    });
    const own = reply.getHeaders();
    reply.hijack();
    const { raw } = reply;
    if (raw.destroyed) return answer.body.dump();
    raw.writeHead(answer.status, present(Object.assign(own, answeredHeaders(answer.headers))));
    return answer.body.sendTo(raw);
  }
}
