import type { BatchRequest } from '@souk/contracts';
import { CodedError, parseInput } from '@souk/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Known, KnownRoutes } from './known-routes.js';
import { BATCH, checkBatch } from './strict-batch.js';
import { strictJson } from './strict-json.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);
/** Whoever reads the second and whoever reads the first would see two requests. */
const ONCE: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'idempotency-key',
  'transfer-encoding',
  'x-api-key',
  'x-csrf-token',
]);
const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

type Head = Pick<FastifyRequest, 'method' | 'headers'> & {
  readonly raw: Pick<FastifyRequest['raw'], 'url' | 'rawHeaders'>;
};

/**
 * What can be said of a request before its body is read. A write that the document of the API does not know is refused here; a read
 * of something unknown is the gateway's to answer, whose page it may be.
 * @throws CodedError 400 `bad-request`, 404 `route-not-found`, 405 `method-not-allowed`, 415 `unsupported-media-type`
 */
export function checkHead({ method, headers, raw }: Head, routes: Pick<KnownRoutes, 'find'>): void {
  if (!METHODS.has(method)) throw wrongMethod([...METHODS]);
  const twice = repeated(raw.rawHeaders);
  if (twice !== undefined) throw new CodedError('invalid', 'bad-request', `There are two headers ${twice}.`);
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') {
    if (hasBody) throw new CodedError('invalid', 'bad-request', `A ${method} has no body.`);
    return;
  }
  const known = routes.find(method, pathOf(raw.url));
  if (known.kind === 'unknown')
    throw new CodedError('not-found', 'route-not-found', 'There is nothing at this address.');
  if (known.kind === 'wrong-method') throw wrongMethod(known.allowed);
  if (hasBody) checkType(headers, known);
}

/** The body as it goes in. @throws CodedError what is wrong with it */
export type BodyReader = (
  request: Pick<FastifyRequest, 'method' | 'body'> & { readonly raw: { readonly url?: string | undefined } },
  routes: Pick<KnownRoutes, 'find'>,
) => Buffer | undefined;

/** What was checked, written anew, so that no reader behind sees another. */
export const strictBody: BodyReader = ({ method, raw, body }, routes) => {
  const path = pathOf(raw.url);
  const known = routes.find(method, path);
  if (known.kind !== 'known' || known.operation.body === undefined) return undefined;
  const { body: schema, isBodyRequired } = known.operation;
  if (!(body instanceof Uint8Array)) {
    // As the services say it of nothing.
    return isBodyRequired ? void strictJson(new Uint8Array()) : undefined;
  }
  const value = strictJson(body);
  parseInput(schema, value);
  // That it is one is what its schema has just said.
  if (path === BATCH) checkBatch(value as BatchRequest, routes);
  return Buffer.from(JSON.stringify(value));
};

export function checkHeads(fastify: FastifyInstance, routes: Pick<KnownRoutes, 'find'>): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    checkHead(request, routes);
    done();
  });
}

function checkType(headers: Head['headers'], { operation }: Extract<Known, { kind: 'known' }>): void {
  if (operation.body === undefined) throw new CodedError('invalid', 'bad-request', 'This address takes no body.');
  if (headers['content-encoding'] !== undefined) throw unsupported('A body comes as it is, without content-encoding.');
  if (!JSON_TYPE.test(headers['content-type'] ?? ''))
    throw unsupported('Send JSON with content-type: application/json.');
}

const unsupported = (message: string): CodedError =>
  new CodedError('unsupported-media-type', 'unsupported-media-type', message);

const wrongMethod = (allowed: readonly string[]): CodedError =>
  new CodedError('method-not-allowed', 'method-not-allowed', `This address takes ${allowed.join(', ')}.`);

/** Names and values take turns. */
function repeated(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}

const pathOf = (target: string | undefined): string => target?.split('?', 1)[0] ?? '/';
