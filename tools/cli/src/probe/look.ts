import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { reasonOf } from '../errors.ts';

const MAX_BODY = 256 * 1024;

/** Where a name leads, and how long it took to find out. */
export interface Resolution {
  readonly addresses: readonly string[];
  readonly dnsMs: number;
}

/** What was seen of one instance. */
export interface Sight {
  readonly url: string;
  /** Where the connection went. */
  readonly address: string;
  /** Undefined when there was no answer. */
  readonly status?: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** From the first packet to the last byte. */
  readonly ms: number;
  readonly certificate?: Certificate;
  /** Why there is no answer. */
  readonly error?: string;
}

export interface Certificate {
  /** ISO 8601. */
  readonly validTo: string;
  /** Why it is not believed. */
  readonly distrust?: string;
}

export interface LookOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Every address behind a name: behind a headless Service each is an instance. */
export async function resolve(url: string, find: typeof lookup = lookup): Promise<Resolution> {
  const host = hostOf(url);
  if (isIP(host) !== 0) return { addresses: [host], dnsMs: 0 };
  const started = performance.now();
  const found = await find(host, { all: true });
  return { addresses: found.map(({ address }) => address), dnsMs: Math.round(performance.now() - started) };
}

/** One GET to one address, over a connection of its own, certificate included. Never rejects; ends with the time. */
export async function look(url: string, address: string, { headers = {}, timeoutMs }: LookOptions): Promise<Sight> {
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  const seen: { certificate?: Certificate } = {};
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const outgoing = ask(url, address, { headers, signal });
    outgoing.on('socket', (socket) => watch(socket, (certificate) => (seen.certificate = certificate)));
    const incoming = await answerTo(outgoing);
    const body = await bodyOf(incoming);
    return { url, address, status: incoming.statusCode ?? 0, headers: incoming.headers, body, ms: took(), ...seen };
  } catch (error) {
    return {
      url,
      address,
      headers: {},
      body: '',
      ms: took(),
      ...seen,
      error: signal.aborted ? `no answer within ${timeoutMs} ms` : whyNot(error),
    };
  }
}

function ask(url: string, address: string, { headers, signal }: RequestOptions): ClientRequest {
  const { protocol, port, pathname, search, host } = new URL(url);
  const name = hostOf(url);
  const options = {
    host: address,
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
    path: pathname + search,
    headers: { host, 'user-agent': 'souk-probe', ...headers },
    agent: false,
    ...(signal !== undefined && { signal }),
  } as const;
  if (protocol !== 'https:') return httpRequest(options).end();
  // What is wrong with a certificate is told, beside what else is seen through it.
  const tls = { rejectUnauthorized: false, ...(isIP(name) === 0 && { servername: name }) };
  return httpsRequest({ ...options, ...tls }).end();
}

function watch(socket: Socket, tell: (certificate: Certificate) => void): void {
  if (!(socket instanceof TLSSocket)) return;
  socket.once('secureConnect', () => {
    const { valid_to: end } = socket.getPeerCertificate();
    const validTo = Number.isNaN(Date.parse(end)) ? '' : new Date(end).toISOString();
    tell({ validTo, ...(!socket.authorized && { distrust: String(socket.authorizationError) }) });
  });
}

function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve: answered, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once('response', answered).on('error', reject);
  return promise;
}

/** Up to a limit: who looks at an endless answer has seen enough. */
async function bodyOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) {
    text += chunk;
    if (text.length > MAX_BODY) break;
  }
  return text;
}

const whyNot = (error: unknown): string => (error instanceof Error ? reasonOf(error) : String(error));

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
