import { All, Controller, HttpCode, Inject, Req, Res, UseGuards } from '@nestjs/common';
import { type BatchAnswer, batchRequest } from '@souk/contracts';
import { CodedError, parseInput } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { jsonBody } from '../gatekeeper/json-body.js';
import type { Visit } from '../gatekeeper/visit.js';
import { ClientAddresses } from '../offloading/client-address.js';
import { gone } from '../routing/gone.js';
import { onlyWrites } from '../routing/only-reads.js';
import { Upstreams } from '../routing/upstreams.js';
import type { Price } from '../throttling/plan.js';
import { runBatch, type SubRequest, withoutStreams } from './batch.js';
import { AggregationLimits } from './in-flight.js';
import { frontDoor, IN_BATCH } from './sub-request.js';

const BATCH_MS = 20_000;
const PAID: Price = { class: 'batch', cost: 0 };
const REFUSED: Price = { class: 'write' };

@Controller('api/batch')
export class BatchController {
  constructor(
    @Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper,
    @Inject(Upstreams) private readonly upstreams: Upstreams,
    @Inject(AggregationLimits) private readonly limits: AggregationLimits,
    @Inject(ClientAddresses) private readonly clients: ClientAddresses,
  ) {}

  @All()
  @UseGuards(onlyWrites)
  @HttpCode(200)
  async run(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<BatchAnswer> {
    // Before anything is read: who may not come in at all learns so at once, and a session is renewed before it is used many times.
    await this.#admit(request, reply, 'GET');
    const requests = await this.#requestsOf(request, reply);
    // That it writes is known only now, and is paid for already.
    if (requests.some((one) => one.method !== 'GET')) await this.#admit(request, quiet(reply), request.method, PAID);
    return this.limits.batches.within(() => this.#run(requests, request, reply));
  }

  /** What is no batch has nothing in it that would pay: it pays by itself. */
  async #requestsOf(request: FastifyRequest, reply: FastifyReply): Promise<readonly SubRequest[]> {
    try {
      if (request.headers[IN_BATCH] !== undefined)
        throw new CodedError('invalid', 'batch-in-batch', 'A batch cannot hold a batch.');
      return parseInput(batchRequest, jsonBody(request)).requests;
    } catch (error) {
      await this.#admit(request, quiet(reply), 'GET', REFUSED);
      throw error;
    }
  }

  async #admit(request: FastifyRequest, reply: Visit['reply'], method: string, price?: Price): Promise<void> {
    const asked: Visit['request'] = { headers: request.headers, method, raw: request.raw };
    await this.gatekeeper.admit({ request: asked, reply }, 'anonymous', price);
    request.caller = asked.caller;
  }

  #run(requests: readonly SubRequest[], request: FastifyRequest, reply: FastifyReply): Promise<BatchAnswer> {
    const hangUp = gone(reply);
    const { proto } = this.clients.of(request);
    const send = frontDoor(request.server, request, { cookie: cookieOf(request, reply), proto, hangUp });
    // Not AbortSignal.timeout: that would keep the whole batch until its time is up.
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, BATCH_MS);
    hangUp.addEventListener('abort', end, { once: true });
    const endingAnswers = withoutStreams(this.upstreams.table, send);
    return runBatch(requests, endingAnswers, ending.signal).finally(() => clearTimeout(timer));
  }
}

/** What there was to say, a renewed session above all, was said the first time. */
const quiet = (reply: FastifyReply): Visit['reply'] => ({ header: () => reply });

/** As the browser would send it next: what this answer sets replaces what it had. */
function cookieOf(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const set = [reply.getHeader('set-cookie') ?? []].flat().map((line) => String(line).split(';', 1)[0] ?? '');
  const names = new Set(set.map(nameOf));
  const kept = (request.headers.cookie ?? '').split(/;\s*/).filter((pair) => pair !== '' && !names.has(nameOf(pair)));
  const cookies = [...kept, ...set];
  return cookies.length === 0 ? undefined : cookies.join('; ');
}

const nameOf = (pair: string): string => pair.split('=', 1)[0]?.trim() ?? '';
