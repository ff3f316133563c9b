import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@souk/observability';
import type { CurrentProvider } from '../oidc/current-provider.js';
import { type Exchange, exchangeOf, sendJson, sendPage } from './exchange.js';
import { interact, type InteractionParts } from './interactions.js';
import { type KnobParts, turnKnobs } from './knobs.js';
import { errorPage } from './pages.js';
import { createServer } from '../node-http.js';
import { ProblemError } from './problems.js';
import { inRequestSpan } from './request-span.js';

export interface ServerParts extends Omit<KnobParts, 'people'>, Omit<InteractionParts, 'provider' | 'logger'> {
  readonly issuer: URL;
  readonly current: Pick<CurrentProvider, 'provider' | 'serve'>;
  /** Where forms may lead: browsers check redirects after a form, too. */
  readonly formTargets: readonly string[];
  /** 0 ≤ x < 1; decides about errors. */
  readonly random: () => number;
  readonly logger: Logger;
}

const LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, maxHeaderSize: 16 * 1024 };
/** Node hands over the first 1,000 headers only and says nothing about the rest; nobody honest sends a hundred. */
const MAX_HEADERS = 100;
const STYLES = readFileSync(new URL('../../assets/identity.css', import.meta.url));

/** The simulator's one port: OpenID Connect, its pages, and the knobs, of each provider below the path of its issuer. */
export function createIdentityServer(providers: readonly [ServerParts, ...ServerParts[]]): Server {
  const [first, ...others] = providers;
  const headersOf = new Map(providers.map((parts) => [parts, securityHeaders(parts)]));
  const server = createServer(LIMITS, (request, response) => {
    const parts = others.find((one) => takesOver(one, request)) ?? first;
    for (const [name, value] of headersOf.get(parts) ?? []) response.setHeader(name, value);
    const work = () => serve(parts, request, response).catch((error: unknown) => fail(parts, request, response, error));
    void inRequestSpan(request, response, work);
  });
  return server;
}

/** Whether it is this one's; then the path is told as from its root, and oidc-provider finds the rest by `originalUrl`. */
function takesOver({ base }: ServerParts, request: IncomingMessage & { originalUrl?: string }): boolean {
  const { url = '' } = request;
  if (!(url === base || url.startsWith(`${base}/`) || url.startsWith(`${base}?`))) return false;
  request.originalUrl = url;
  request.url = url.slice(base.length) || '/';
  return true;
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.rawHeaders.length > MAX_HEADERS * 2) throw new ProblemError('too-many-headers');
  const exchange = exchangeOf(request, response);
  const [door] = exchange.path;
  if (door === 'knobs') return turnKnobs(parts, exchange);
  if (door === 'assets') return sendStyles(exchange);
  // Browsers ask for it unbidden.
  if (door === 'favicon.ico') return void response.writeHead(204, { 'cache-control': 'max-age=86400' }).end();
  await misbehave(parts);
  if (door === 'interaction')
    return interact({ ...parts, provider: () => parts.current.provider }, asIssuer(parts, exchange));
  await parts.current.serve(asIssuer(parts, exchange).request, response);
}

async function misbehave({ knobs, random }: ServerParts): Promise<void> {
  const { latencyMs, errorPercent } = knobs.value;
  if (latencyMs > 0) await sleep(latencyMs);
  if (random() * 100 < errorPercent) throw new ProblemError('identity-unavailable');
}

/** Every URL is the issuer's, by whatever name it was reached: behind a port forward, or as a Service of a cluster. */
function asIssuer({ issuer }: ServerParts, exchange: Exchange): Exchange {
  const { headers } = exchange.request;
  headers.host = issuer.host;
  headers['x-forwarded-proto'] = issuer.protocol.slice(0, -1);
  for (const name of ['x-forwarded-host', 'x-forwarded-for', 'forwarded']) delete headers[name];
  return exchange;
}

function sendStyles({ path, method, response }: Exchange): void {
  if (path.join('/') !== 'assets/identity.css') throw new ProblemError('route-not-found');
  if (method !== 'GET' && method !== 'HEAD') throw new ProblemError('method-not-allowed');
  response.writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' });
  response.end(method === 'HEAD' ? undefined : STYLES);
}

/** `script-src` is empty; oidc-provider adds the hash of its one form that submits itself. */
function securityHeaders({ issuer, formTargets }: ServerParts): [string, string][] {
  const targets = [...new Set([issuer.origin, ...formTargets.map((target) => new URL(target).origin)])].join(' ');
  const policy = `default-src 'none'; style-src 'self'; script-src; form-action 'self' ${targets}; base-uri 'none'; frame-ancestors 'none'`;
  return [
    ['content-security-policy', policy],
    ['x-content-type-options', 'nosniff'],
    ['x-frame-options', 'DENY'],
    ['referrer-policy', 'no-referrer'],
    ['cross-origin-opener-policy', 'same-origin'],
  ];
}

function fail({ logger }: ServerParts, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const problem = error instanceof ProblemError ? error : new ProblemError('internal-error');
  if (problem !== error) logger.error({ err: error, path: request.url?.split('?', 1)[0] }, 'request failed');
  if (response.headersSent) return void response.destroy();
  if (problem.status === 503) response.setHeader('retry-after', '1');
  // The rest of a body that nobody reads must not be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  if (request.headers.accept?.includes('text/html') === true) {
    return sendPage(response, problem.status, errorPage({ error: problem.code, error_description: problem.message }));
  }
  sendJson(response, problem.status, { ...problem.body(), error: oauthName(problem) }, 'application/problem+json');
}

/** OAuth clients look for `error` (RFC 6749). */
const oauthName = ({ status }: ProblemError): string =>
  status === 503 ? 'temporarily_unavailable' : status === 500 ? 'server_error' : 'invalid_request';
