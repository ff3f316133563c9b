import { Controller, Inject, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CodedError } from '@souk/http';
import { currentSpan } from '@souk/observability';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { priceOf } from '../throttling/plan.js';
import { Throttle } from '../throttling/throttle.js';
import { Proxy } from './proxy.js';
import { type Table, withTable } from './table.js';
import { Upstreams } from './upstreams.js';

@Controller()
export class ProxyController implements OnModuleInit {
  constructor(
    @Inject(Proxy) private readonly proxy: Proxy,
    @Inject(Upstreams) private readonly upstreams: Upstreams,
    @Inject(Throttle) private readonly throttle: Throttle,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /**
   * A route of Fastify: what Nest puts around a handler (guards, pipes, interceptors and their observables) cost as much as a third of
   * a proxied request, and there is nothing for it to do. Errors meet the same filter.
   */
  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.all('/api/*', (request, reply) => this.forward(request, reply));
  }

  forward(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return withTable(this.upstreams.table, (table) => this.#forward(request, reply, table));
  }

  #forward(request: FastifyRequest, reply: FastifyReply, table: Table): Promise<void> {
    const target = request.raw.url ?? '/';
    const [path = '/'] = target.split(/[?#]/, 1);
    const match = table.match(request.method, path, request.headers);
    // Who only looks for addresses is charged by their own: no gatekeeper asks who they are.
    if (match.kind !== 'found') this.throttle.charge({ request, reply }, undefined, priceOf(request));
    if (match.kind === 'unknown')
      throw new CodedError('not-found', 'route-not-found', 'There is nothing at this address.');
    if (match.kind === 'wrong-method') {
      void reply.header('allow', match.allowed.join(', '));
      throw new CodedError(
        'method-not-allowed',
        'method-not-allowed',
        `This address takes ${match.allowed.join(', ')}.`,
      );
    }
    request.routeTemplate = match.route.path;
    // To the framework every one of these is `/api/*`.
    const span = currentSpan();
    if (span?.isRecording) {
      span.setName(`${request.method} ${match.route.path}`);
      span.setAttribute('http.route', match.route.path);
    }
    return this.proxy.forward(request, reply, { ...match, table }, match.path + target.slice(path.length));
  }
}
