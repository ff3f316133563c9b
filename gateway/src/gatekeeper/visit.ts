import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A request with its answer: who calls is read from the one, a renewed session cookie goes to the other. */
export interface Visit {
  readonly request: Pick<FastifyRequest, 'headers' | 'method'> & Partial<Pick<FastifyRequest, 'raw' | 'caller'>>;
  readonly reply: Pick<FastifyReply, 'header'>;
}

/** Parameter of a handler. In place of `@Req()`, with which the handler would have to refuse unread input itself. */
export const Visit = createParamDecorator((_data: unknown, context: ExecutionContext): Visit => {
  const http = context.switchToHttp();
  return { request: http.getRequest<FastifyRequest>(), reply: http.getResponse<FastifyReply>() };
});
