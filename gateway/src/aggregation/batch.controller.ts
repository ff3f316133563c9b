import { All, Controller, Inject, Req, Res, UseGuards } from '@nestjs/common';
import { type BatchAnswer, batchRequest } from '@souk/contracts';
import { CodedError, parseInput } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { jsonBody } from '../gatekeeper/json-body.js';
import type { Visit } from '../gatekeeper/visit.js';
import { onlyWrites } from '../routing/only-reads.js';
import type { Price } from '../throttling/plan.js';
import type { SubRequest } from './batch.js';
import { Batches } from './batches.js';
import { AggregationLimits } from './in-flight.js';
import { IN_BATCH } from './sub-request.js';

const PAID: Price = { class: 'batch', cost: 0 };
const REFUSED: Price = { class: 'write' };

@Controller('api/batch')
export class BatchController {
  constructor(
    @Inject(Gatekeeper) private readonly gatekeeper: Pick<Gatekeeper, 'admit'>,
    @Inject(AggregationLimits) private readonly limits: AggregationLimits,
    @Inject(Batches) private readonly batches: Batches,
  ) {}

  @All()
  @UseGuards(onlyWrites)
  async run(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BatchAnswer | string> {
    // Before anything is read: who may not come in at all learns so at once, and a session is renewed before it is used many times.
    const token = await this.#admit(request, reply, 'GET');
    const requests = await this.#requestsOf(request, reply);
    // That it writes is known only now, and is paid for already.
    if (requests.some((one) => one.method !== 'GET')) await this.#admit(request, quiet(reply), request.method, PAID);
    return this.limits.batches.within(() => this.batches.run({ requests, request, reply, token }));
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

  async #admit(request: FastifyRequest, reply: Visit['reply'], method: string, price?: Price): Promise<string> {
    const asked: Visit['request'] = { headers: request.headers, method, raw: request.raw };
    const token = await this.gatekeeper.admit({ request: asked, reply }, 'anonymous', price);
    request.caller = asked.caller;
    return token;
  }
}

/** What there was to say, a renewed session above all, was said the first time. */
const quiet = (reply: FastifyReply): Visit['reply'] => ({ header: () => reply });
