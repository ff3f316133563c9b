import { CodedError } from '@souk/http';
import type { FastifyInstance } from 'fastify';

/** What is in a batch passes here by itself; activity and circuits are no data of the shop. */
const NO_WRITE = /^\/api\/(batch|activity|admin\/breakers\/[^/]+\/[^/]+)$/;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
const TRY_AGAIN_SECONDS = 30;

/** While the setting is on, nothing is written through this door: for maintenance of a store, or to stop a fault from spreading. */
export function refuseWrites(
  fastify: FastifyInstance,
  settings: { readonly value: { readonly readOnly: boolean } },
): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const target = request.raw.url ?? '';
    const isWrite = !SAFE.has(request.method) && /^\/api(\/|\?|$)/.test(target) && !NO_WRITE.test(target);
    done(isWrite && settings.value.readOnly ? readOnly() : undefined);
  });
}

const readOnly = (): CodedError =>
  new CodedError('unavailable', 'read-only', 'The shop can only be read at the moment; try again later.', {
    retryAfterSeconds: TRY_AGAIN_SECONDS,
  });
