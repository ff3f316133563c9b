import type { FastifyReply } from 'fastify';

/** Aborted when the caller hangs up before the answer is complete: nobody works for a caller who left. */
export function gone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
