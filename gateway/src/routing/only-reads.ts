import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { CodedError } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** For `@All` handlers of pages that can only be read: GET and HEAD pass, others learn so. */
export const onlyReads: CanActivate = {
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    if (['GET', 'HEAD'].includes(http.getRequest<FastifyRequest>().method)) return true;
    void http.getResponse<FastifyReply>().header('allow', 'GET, HEAD');
    throw new CodedError('method-not-allowed', 'method-not-allowed', 'This address takes GET, HEAD.');
  },
};
