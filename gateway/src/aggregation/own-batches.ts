import type { BatchAnswer } from '@souk/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ClientAddresses } from '../offloading/client-address.js';
import { gone } from '../routing/gone.js';
import type { Upstreams } from '../routing/upstreams.js';
import { runBatch, withoutStreams } from './batch.js';
import { type AdmittedBatch, Batches } from './batches.js';
import { frontDoor } from './sub-request.js';

export const BATCH_MS = 20_000;

/** Runs batches through the front door of this process. */
export class OwnBatches extends Batches {
  readonly #upstreams: Upstreams;
  readonly #clients: ClientAddresses;

  constructor(upstreams: Upstreams, clients: ClientAddresses) {
    super();
    this.#upstreams = upstreams;
    this.#clients = clients;
  }

  run({ requests, request, reply }: AdmittedBatch): Promise<BatchAnswer> {
    const hangUp = gone(reply);
    const { proto } = this.#clients.of(request);
    const send = frontDoor(request.server, request, { cookie: cookieOf(request, reply), proto, hangUp });
    // Not AbortSignal.timeout: that would keep the whole batch until its time is up.
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, BATCH_MS);
    // Who has left already tells nobody.
    if (hangUp.aborted) end();
    else hangUp.addEventListener('abort', end, { once: true });
    const endingAnswers = withoutStreams(this.#upstreams.table, send);
    return runBatch(requests, endingAnswers, ending.signal).finally(() => clearTimeout(timer));
  }
}

/** As the browser would send it next: what this answer sets replaces what it had. */
function cookieOf(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const set = [reply.getHeader('set-cookie') ?? []].flat().map((line) => String(line).split(';', 1)[0] ?? '');
  const names = new Set(set.map(nameOf));
  const kept = (request.headers.cookie ?? '').split(/;\s*/).filter((pair) => pair !== '' && !names.has(nameOf(pair)));
  const cookies = [...kept, ...set];
  return cookies.length === 0 ? undefined : cookies.join('; ');
}

const nameOf = (pair: string): string => pair.split('=', 1)[0]?.trim() ?? '';
