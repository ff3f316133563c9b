import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { CodedError } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** For `@All` handlers: others of the methods learn which the address takes. */
const only = (...methods: readonly string[]): CanActivate => ({
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    if (methods.includes(http.getRequest<FastifyRequest>().method)) return true;
    const allowed = methods.join(', ');
    void http.getResponse<FastifyReply>().header('allow', allowed);
    throw new CodedError('method-not-allowed', 'method-not-allowed', `This address takes ${allowed}.`);
  },
});

export const onlyReads = only('GET', 'HEAD');
export const onlyWrites = only('POST');
export const onlyDeletes = only('DELETE');
