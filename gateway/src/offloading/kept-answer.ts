import { isAscii, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { CodedError, type HttpResponse } from '@souk/http';
import { returnedHeaders } from '../gatekeeper/header-lists.js';
import type { Price } from '../throttling/plan.js';
import type { Lifetime } from './cache-rules.js';
import { type Coding, isCompressible, weakened } from './encodings.js';

/** An answer that may be given again. */
export interface KeptAnswer {
  readonly upstream: string;
  /** The pattern of its route. */
  readonly route: string;
  /** Whether looking at it says something about its caller (activity). */
  readonly isTold: boolean;
  /** Of a request for it; undefined: as its class. */
  readonly price: Price | undefined;
  /** Request headers by which its route was chosen, in lower case. */
  readonly chosenBy: readonly string[];
  /** Without length, coding and connection; with a validator. */
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
  readonly body: Buffer;
  /** The same, ready to be written; `latin1` where it is ASCII, which is written fastest. */
  readonly text: string;
  readonly encoding: 'latin1' | 'utf8';
  readonly isCompressible: boolean;
  /** Made when first wanted. */
  readonly coded: Partial<Record<Coding, Buffer>>;
  readonly isPublic: boolean;
  /** Milliseconds of the cache's clock. */
  readonly storedAt: number;
  readonly freshUntil: number;
  readonly staleUntil: number;
  readonly usableUntil: number;
}

/** What the route says. */
export type About = Pick<KeptAnswer, 'upstream' | 'route' | 'isTold' | 'price' | 'chosenBy'>;

/** More than this is not kept: a page of a hundred products has 40 KiB. */
export const MAX_BODY = 256 * 1024;

/** Whether its length says that it is too large; one that says nothing is seen when it is read. */
export const isLarge = ({ headers }: HttpResponse): boolean => Number(headers['content-length'] ?? 0) > MAX_BODY;

/** Undefined when it is too large after all; its body is gone then. */
export async function keep(
  answer: HttpResponse,
  about: About,
  { freshMs, staleMs, usableMs, isPublic }: Lifetime,
  now: () => number,
): Promise<KeptAnswer | undefined> {
  // Its age counts from before the body came: rather too old than too young.
  const storedAt = now();
  const body = await bytesOf(answer, about.upstream);
  if (body === undefined) return undefined;
  const { 'content-length': _length, ...headers } = returnedHeaders(answer.headers);
  const etag = weakened(headers['etag'] ?? hashOf(body));
  return {
    ...about,
    headers: { ...headers, etag },
    etag,
    body,
    ...textOf(body),
    isCompressible: isCompressible(headers['content-type']),
    coded: {},
    isPublic,
    storedAt,
    freshUntil: storedAt + freshMs,
    staleUntil: storedAt + staleMs,
    usableUntil: storedAt + usableMs,
  };
}

/** Undefined when it is more than is kept. */
async function bytesOf({ body }: HttpResponse, upstream: string): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body.stream() as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY) return undefined;
      chunks.push(chunk);
    }
  } catch (cause) {
    const message = `${upstream} did not end its answer.`;
    throw new CodedError('unavailable', 'upstream-unavailable', message, { cause, retryAfterSeconds: 1 });
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

/** Written so, the same bytes come out: `latin1` is one byte a character, whatever they mean. */
function textOf(body: Buffer): Pick<KeptAnswer, 'text' | 'encoding'> {
  if (isAscii(body) || !isUtf8(body)) return { text: body.toString('latin1'), encoding: 'latin1' };
  return { text: body.toString('utf8'), encoding: 'utf8' };
}

const hashOf = (body: Buffer): string => `"${createHash('sha1').update(body).digest('base64url')}"`;

/** RFC 9110 §13.1.2, weakly. */
export function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === etag) return true;
  const opaque = etag.slice(2);
  return ifNoneMatch.split(',').some((one) => ['*', etag, opaque].includes(one.trim()));
}

/** What it takes in memory, its compressed forms and headers included. */
export const sizeOf = ({ body }: KeptAnswer): number => 3 * body.length + 1_024;
