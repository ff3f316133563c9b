import { All, Controller, HttpCode, Inject, Req, Res, UseGuards } from '@nestjs/common';
import { type BatchAnswer, batchRequest } from '@souk/contracts';
import { CodedError, parseInput } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { jsonBody } from '../gatekeeper/json-body.js';
import { gone } from '../routing/gone.js';
import { onlyWrites } from '../routing/only-reads.js';
import { runBatch } from './batch.js';
import { frontDoor, IN_BATCH } from './sub-request.js';

const BATCH_MS = 20_000;

@Controller('api/batch')
export class BatchController {
  constructor(@Inject(Gatekeeper) private readonly gatekeeper: Gatekeeper) {}

  @All()
  @UseGuards(onlyWrites)
  @HttpCode(200)
  async run(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<BatchAnswer> {
    if (request.headers[IN_BATCH] !== undefined)
      throw new CodedError('invalid', 'batch-in-batch', 'A batch cannot hold a batch.');
    const { requests } = parseInput(batchRequest, jsonBody(request));
    const method = requests.every((one) => one.method === 'GET') ? 'GET' : request.method;
    // Once for all: who may not come in at all learns so at once, and a session is renewed before it is used many times.
    await this.gatekeeper.admit({ request: { headers: request.headers, method }, reply }, 'anonymous');
    const hangUp = gone(reply);
    const send = frontDoor(request.server, request, { cookie: cookieOf(request, reply), hangUp });
    // Not AbortSignal.timeout: that would keep the whole batch until its time is up.
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, BATCH_MS);
    hangUp.addEventListener('abort', end, { once: true });
    return runBatch(requests, send, ending.signal).finally(() => clearTimeout(timer));
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
