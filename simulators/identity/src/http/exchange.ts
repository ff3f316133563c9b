import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProblemError } from './problems.js';

/** A request and its answer, with what every route needs of them. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Decoded segments of the path. */
  readonly path: readonly string[];
}

const BODY_LIMIT = 16 * 1024;

/** @throws ProblemError for an address that cannot be decoded */
export function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (!path.startsWith('/') || path.startsWith('//')) throw new ProblemError('malformed-url');
  return { request, response, method: request.method ?? '', path: path.slice(1).split('/').map(decoded) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ProblemError('malformed-url');
  }
}

/** The body as JSON; no body is an empty object. @throws ProblemError */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readBody(request);
  if (text === '') return {};
  if (!isMediaType(request, 'application/json')) throw new ProblemError('unsupported-media-type');
  try {
    return JSON.parse(text);
  } catch {
    throw new ProblemError('malformed-json');
  }
}

/** The fields of a form. @throws ProblemError */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const text = await readBody(request);
  if (text !== '' && !isMediaType(request, 'application/x-www-form-urlencoded'))
    throw new ProblemError('unsupported-media-type');
  return new URLSearchParams(text);
}

const isMediaType = ({ headers }: IncomingMessage, type: string): boolean =>
  headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === type;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new ProblemError('body-too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function sendJson(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

export function sendPage(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(text);
}
