import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The subject, once the gatekeeper knows it; undefined for visitors. */
    caller: string | undefined;
    /** The pattern of the route in the table, once it is found. */
    routeTemplate: string | undefined;
  }
}

/** What becomes known of a request on its way, for those who count and log it. Declared at once, so that all requests have one shape. */
export function declareFacts(fastify: FastifyInstance): void {
  fastify.decorateRequest('caller', undefined);
  fastify.decorateRequest('routeTemplate', undefined);
}
