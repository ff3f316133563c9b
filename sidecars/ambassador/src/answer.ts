import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { faultKind, isPassing, retryAfterSeconds } from './call-rules.js';
import { type Headers, toCaller } from './headers.js';

/** Bodies up to here are read within the try, so that one which breaks off can be repeated; longer ones flow through. */
const WHOLE_BYTES = 64 * 1024;

export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer | Readable;
}

/** An answer that is a fault of the upstream: the policies of @souk/resilience read `kind` and `retryAfterSeconds`. */
export class FaultyAnswer extends Error {
  override readonly name = 'FaultyAnswer';

  constructor(
    readonly answer: UpstreamAnswer,
    readonly kind: 'unavailable' | 'internal' | 'too-many-requests',
    readonly retryAfterSeconds: number | undefined,
  ) {
    super(`the upstream answered ${answer.status}`);
  }

  /** A body that is flowing already cannot be taken back, and a pause that is too long is the caller's to wait for. */
  isWorthAnotherTry(longestPauseMs: number): boolean {
    const { status, body } = this.answer;
    return isPassing(status) && Buffer.isBuffer(body) && (this.retryAfterSeconds ?? 0) * 1_000 <= longestPauseMs;
  }
}

/** @throws FaultyAnswer for a fault of the upstream */
export async function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<UpstreamAnswer> {
  const kind = faultKind(statusCode);
  const length = Number(headers['content-length'] ?? (kind === undefined ? Number.POSITIVE_INFINITY : 0));
  const answer: UpstreamAnswer = {
    status: statusCode,
    headers: toCaller(headers),
    body: length <= WHOLE_BYTES ? await whole(length, body) : body,
  };
  if (kind === undefined) return answer;
  throw new FaultyAnswer(answer, kind, retryAfterSeconds(headers['retry-after'], Date.now()));
}

/** A length that the upstream has named is checked by undici, which gathers such a body best. */
async function whole(length: number, body: Dispatcher.ResponseData['body']): Promise<Buffer | Readable> {
  if (length === 0) return upTo(WHOLE_BYTES, body);
  const { buffer, byteOffset, byteLength } = await body.bytes();
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The whole body, or a stream of what was read and the rest when it turns out to be longer. */
async function upTo(limit: number, body: Readable): Promise<Buffer | Readable> {
  const chunks: Buffer[] = [];
  let length = 0;
  const iterator = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length > limit) return Readable.from(concat(chunks, iterator));
  }
  return Buffer.concat(chunks);
}

async function* concat(chunks: Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
