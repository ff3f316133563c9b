import { pipeline } from 'node:stream/promises';
import { type HttpResponse, isCodedError } from '@souk/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { returnedHeaders } from '../gatekeeper/header-lists.js';
import type { AnswerHeaders, Compression } from './compression.js';
import type { TellCut } from './cut-answers.js';
import { alsoVary } from './encodings.js';

/** Up to here a compressed answer is made in one go, with its length; memory for each answer under way. */
const IN_ONE_GO = 64 * 1024;

/** The way out for what services answer: their bytes, with our headers, compressed for those who want it. */
export class Delivery {
  readonly #compression: Compression;
  readonly #tellCut: TellCut;

  constructor(compression: Compression, tellCut: TellCut) {
    this.#compression = compression;
    this.#tellCut = tellCut;
  }

  /** @throws what goes wrong before anything went out; later the caller sees a cut answer */
  async send(answer: HttpResponse, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { status, headers: given, body } = answer;
    try {
      const headers = joined(reply.getHeaders(), returnedHeaders(given));
      const length = lengthOf(headers['content-length']);
      const coding = this.#compression.apply(request, { status, headers, length });
      reply.hijack();
      const { raw } = reply;
      if (raw.destroyed) return body.dump();
      if (coding !== undefined && length !== undefined && length <= IN_ONE_GO) {
        // Cut before the first byte went out: the caller sees a cut answer, as with any other.
        const whole = await this.#compression.encoders.whole(coding, await body.bytes());
        raw.writeHead(status, { ...present(headers), 'content-length': whole.length }).end(whole);
        return;
      }
      raw.writeHead(status, present(headers));
      if (coding === undefined) {
        await body.sendTo(raw);
        if (body.fault !== undefined) this.#tellCut(body.fault, request);
        return;
      }
      raw.flushHeaders();
      // Either side may vanish; pipeline closes the other, and a cut answer is seen as cut.
      await pipeline(body.stream(), this.#compression.encoders.stream(coding), raw);
    } catch (error) {
      body.dump();
      if (!reply.sent) throw error;
      reply.raw.destroy();
      if (body.fault !== undefined || !hasLeft(error)) this.#tellCut(body.fault ?? error, request);
    }
  }
}

/** Where the service is not at fault: the caller is gone, and with them the call that was for them. */
const hasLeft = (error: unknown): boolean =>
  isCodedError(error) || (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE');

/** What a service says goes before what we say, but for `Vary`: both are right. */
export function joined(own: AnswerHeaders, given: AnswerHeaders): AnswerHeaders {
  const { vary } = own;
  const headers = Object.assign(own, given);
  if (vary !== undefined && given['vary'] !== undefined)
    headers['vary'] = alsoVary(given['vary'], ...String(vary).split(/,\s*/));
  return headers;
}

const lengthOf = (header: AnswerHeaders[string]): number | undefined =>
  header === undefined ? undefined : Number(header);

/** Two cookies are two header lines. A plain loop: it runs for every answer. */
export function present(headers: AnswerHeaders): Record<string, string | string[] | number> {
  const found: Record<string, string | string[] | number> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}
