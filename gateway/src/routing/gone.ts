import type { FastifyReply } from 'fastify';
import { isWhole } from './whole.js';

/** Aborted when the caller hangs up before the answer is complete: nobody works for a caller who left. */
export function gone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  // It closes once: who left while the gatekeeper looked is not heard any more.
  if (reply.raw.destroyed) controller.abort();
  reply.raw.once('close', () => {
    if (!isWhole(reply.raw)) controller.abort();
  });
  return controller.signal;
}
