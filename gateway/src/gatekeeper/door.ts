import type { HttpRequest, HttpResponse } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClientAddresses } from '../offloading/client-address.js';
import type { TellCut } from '../offloading/cut-answers.js';
import { present } from '../offloading/delivery.js';
import { gone } from '../routing/gone.js';
import type { Inwards } from './inwards.js';
import type { KnownRoutes } from './known-routes.js';
import { answeredHeaders, passedHeaders } from './passed-headers.js';
import type { Refusals } from './refusals.js';
import type { BodyReader } from './strict-request.js';

export interface DoorOptions {
  readonly gateway: Pick<Inwards, 'request'>;
  readonly clients: Pick<ClientAddresses, 'headersOf'>;
  readonly routes: Pick<KnownRoutes, 'find'>;
  readonly bodyOf: BodyReader;
  /** Names of further headers that go in. */
  readonly passedHeaders: readonly string[];
  readonly refusals: Pick<Refusals, 'passed'>;
  readonly tellCut: TellCut;
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

  /** @throws CodedError what is wrong with the body; 503 `upstream-unavailable`, `upstream-overloaded` when the gateway takes no more */
  async forward(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { gateway, clients, routes, bodyOf, refusals, passedHeaders: more } = this.#options;
    const body = bodyOf(request, routes);
    const call: HttpRequest = {
      method: request.method as HttpRequest['method'],
      path: request.raw.url ?? '/',
      headers: Object.assign(passedHeaders(request.headers, more), clients.headersOf(request)),
      signal: gone(reply),
      // Streams and long polls are the gateway's to end.
      bodyTimeoutMs: 0,
      ...(body !== undefined && { body }),
    };
    await this.#answer(await gateway.request(call, () => refusals.passed(request)), request, reply);
  }

  /** @throws what goes wrong before anything went out; later the caller sees a cut answer */
  async #answer({ status, headers, body }: HttpResponse, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { raw } = reply;
    try {
      const told = present(Object.assign(reply.getHeaders(), answeredHeaders(headers)));
      reply.hijack();
      if (raw.destroyed) return body.dump();
      raw.writeHead(status, told);
    } catch (error) {
      // Nobody reads it any more, and its place must not be lost.
      body.dump();
      if (!reply.sent) throw error;
      raw.destroy();
      return this.#options.tellCut(error, request);
    }
    await body.sendTo(raw);
    if (body.fault !== undefined) this.#options.tellCut(body.fault, request);
  }
}
