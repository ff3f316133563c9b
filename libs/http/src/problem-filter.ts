import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { currentContext } from '@souk/observability';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_CONTENT_TYPE, problemOf, type Translate } from './problem.js';

/** Set by the gateway for services and taken from nobody else: the path that the caller knows. */
export const PUBLIC_PATH_HEADER = 'x-souk-public-path';

interface ErrorLog {
  error(fields: object, message: string): void;
}

/** The one place where errors become HTTP: RFC 9457 problem+json. Outside HTTP the original error goes on to the caller. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: ErrorLog;
  readonly #translate: Translate | undefined;
  readonly #tell: typeof problemOf;

  constructor(log: ErrorLog, translate?: Translate, tell = problemOf) {
    this.#log = log;
    this.#translate = translate;
    this.#tell = tell;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also for Fastify's own errors before a route is found (`frameworkErrors`). */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const traceId = currentContext()?.traceId;
    const where = { instance: instanceOf(request), ...(traceId !== undefined && { traceId }) };
    const { problem, retryAfterSeconds, unexpected } = this.#tell(error, where, this.#translate);
    if (unexpected)
      this.#log.error({ err: error, method: request.method, path: pathOf(request.url) }, 'request failed');
    if (reply.raw.headersSent) {
      // Too late for a status: cutting the connection is the only honest sign that the answer is not complete.
      reply.raw.destroy();
      return;
    }
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
    void reply.code(problem.status).header('content-type', PROBLEM_CONTENT_TYPE).send(JSON.stringify(problem));
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** Callers of a service through the gateway live under other paths than the service's own. */
function instanceOf({ headers, url }: FastifyRequest): string {
  const told = headers[PUBLIC_PATH_HEADER];
  return pathOf(typeof told === 'string' ? told : url);
}
