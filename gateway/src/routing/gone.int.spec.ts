import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import Fastify, { type FastifyInstance } from 'fastify';
import { gone } from './gone.js';

const SOON = { what: 'the end of the answer' };

describe('whether a caller is gone', () => {
  let fastify: FastifyInstance;
  let signal: AbortSignal | undefined;
  let isClosed: boolean;
  beforeEach(async () => {
    isClosed = false;
    fastify = Fastify();
    fastify.addHook('onRequest', (_request, reply, done) => {
      signal = gone(reply);
      reply.raw.once('close', () => (isClosed = true));
      done();
    });
    fastify.get('/whole', () => 'x'.repeat(1_000_000));
    fastify.get('/endless', (_request, reply) => void reply.hijack().raw.writeHead(200).write('x'));
    // More than any socket takes from a server whose client does not read.
    fastify.get('/unread', () => 'x'.repeat(100_000_000));
    await fastify.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(() => fastify.close());
  const closed = () => waitFor(() => isClosed, SOON);

  it('is not said of who has the whole answer, over a connection and in a batch', async () => {
    await (await fetch(`${fastify.listeningOrigin}/whole`)).text();
    await closed();
    expect(signal?.aborted).toBe(false);
    isClosed = false;
    await fastify.inject('/whole');
    await closed();
    expect(signal?.aborted).toBe(false);
  });

  it.each(['/endless', '/unread'])('is said of who hangs up within %s', async (path) => {
    const leaving = new AbortController();
    await fetch(`${fastify.listeningOrigin}${path}`, { signal: leaving.signal });
    leaving.abort();
    await closed();
    expect(signal?.aborted).toBe(true);
  });

  it('is said of a part of a batch that nobody reads any more', async () => {
    const answer = await fastify.inject({ url: '/endless', payloadAsStream: true });
    answer.stream().on('error', () => undefined);
    answer.raw.res.destroy();
    await closed();
    expect(signal?.aborted).toBe(true);
  });
});
