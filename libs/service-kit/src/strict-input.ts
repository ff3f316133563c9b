import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import { parseInput } from '@souk/http';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { z } from 'zod';

const nothing = z.strictObject({});

/**
 * What a route does not read, it refuses: 400 `validation-failed` for a query or a body that no parameter of the handler asks for,
 * as a schema refuses fields that it does not know. A body without fields (`{}`) passes; handlers of the raw request see to it themselves.
 */
export class StrictInput implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http') refuseUnread(context);
    return next.handle();
  }
}

function refuseUnread(context: ExecutionContext): void {
  const read = parametersOf(context);
  if (read.has(RouteParamtypes.REQUEST)) return;
  const { query, body } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!read.has(RouteParamtypes.QUERY)) parseInput(nothing, { ...(query as object) });
  if (!read.has(RouteParamtypes.BODY)) parseInput(nothing.nullish(), body);
}

/** Nest keeps the parameters of a handler under keys `<type>:<index>`. */
function parametersOf(context: ExecutionContext): ReadonlySet<RouteParamtypes> {
  const metadata: object =
    Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) ?? {};
  return new Set(Object.keys(metadata).map((key) => Number(key.split(':', 1)[0])));
}
