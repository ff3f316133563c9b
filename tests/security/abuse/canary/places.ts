import { HEADER_NAMES } from '../fuzz/nasty.ts';
import { addressOf, type Operation } from '../operations.ts';
import { type PlainRequest, requestBytes } from '../wire/request-bytes.ts';

export interface Leak {
  /** Where the secret stands. */
  readonly place: string;
  readonly bytes: Buffer;
}

/**
 * Left out: what exists to be seen in logs (a correlation id of the caller's, trace context), and what ends the connection before
 * anything is read.
 */
const MEANT_FOR_LOGS = new Set([
  'x-correlation-id',
  'traceparent',
  'tracestate',
  'content-length',
  'transfer-encoding',
  'host',
]);

type Fields = Readonly<Record<string, unknown>>;

interface Wish {
  readonly operation: Operation;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Requests of one operation with the text in every place where a client can put something. */
export function leaks({ operation, secret, headers }: Wish): Leak[] {
  const { method, body, id } = operation;
  const encoded = encodeURIComponent(secret);
  const target = addressOf(operation);
  const isBody = body !== undefined;
  const json = { ...headers, ...(isBody && { 'content-type': 'application/json' }) };
  const good: PlainRequest = { method, target, headers: json, ...(isBody && { body: JSON.stringify(body) }) };
  const leak = (place: string, change: Partial<PlainRequest>): Leak => ({
    place: `${id}, ${place}`,
    bytes: requestBytes({ ...good, ...change }),
  });
  const inQuery = [...operation.parameters.map(({ name }) => name), 'access_token', encoded];
  return [
    ...inQuery.map((name) => leak(`the query ${name}`, { target: `${target}?${name}=${encoded}` })),
    leak('a second query', { target: `${target}?q=1&q=${encoded}#${encoded}` }),
    ...(isBody ? inBody(body as Fields, secret, leak) : []),
  ];
}

type MakeLeak = (place: string, change: Partial<PlainRequest>) => Leak;

function inBody(good: Fields, secret: string, leak: MakeLeak): Leak[] {
  const fields = Object.keys(good).map((name) =>
    leak(`the field ${name}`, { body: JSON.stringify({ ...good, [name]: secret }) }),
  );
  const text = JSON.stringify(secret);
  return [
    ...fields,
    leak('an unknown field', { body: JSON.stringify({ ...good, password: secret }) }),
    leak('the name of a field', { body: JSON.stringify({ ...good, [secret]: 1 }) }),
    leak('text that is no JSON', { body: `{"password": ${secret}` }),
    leak('all of the body', { body: text }),
    leak('a body under another name', {
      body: `password=${encodeURIComponent(secret)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
    leak('a field of 900 KiB', {
      body: JSON.stringify({ ...good, note: secret.repeat(Math.ceil(900_000 / secret.length)) }),
    }),
  ];
}

/** The same for what every request has. */
export function leaksOfAny(secret: string): Leak[] {
  const plain = secret.replaceAll(/[^\x20-\x7e]/g, ' ');
  const get = { method: 'GET', target: '/api/products' };
  const headers = [...HEADER_NAMES, 'user-agent', 'referer', 'x-password', plain.replaceAll(/[^\w-]/g, '-')];
  const inHeaders = headers
    .filter((name) => !MEANT_FOR_LOGS.has(name))
    .map((name) => ({ place: `the header ${name}`, bytes: requestBytes({ ...get, headers: { [name]: plain } }) }));
  const inCredentials = [`Bearer ${plain}`, `Basic ${Buffer.from(`alice:${secret}`).toString('base64')}`, plain].map(
    (authorization) => ({
      place: `Authorization: ${authorization.split(' ', 1)[0]}`,
      bytes: requestBytes({ ...get, headers: { authorization } }),
    }),
  );
  const raw = [
    ['the method', `${plain.replaceAll(' ', '')} / HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['the version', `GET / ${plain}\r\nHost: a\r\n\r\n`],
    ['a line without a colon', `GET / HTTP/1.1\r\nHost: a\r\n${plain}\r\n\r\n`],
    ['the host', `GET /api/products HTTP/1.1\r\nHost: ${plain}\r\nConnection: close\r\n\r\n`],
    ['no request at all', plain],
  ].map(([place = '', text = '']) => ({ place, bytes: Buffer.from(text, 'latin1') }));
  const cookies = ['souk_session', '__Host-souk_session', 'other'].map((name) => ({
    place: `the cookie ${name}`,
    bytes: requestBytes({ ...get, headers: { cookie: `${name}=${encodeURIComponent(secret)}` } }),
  }));
  return [...inHeaders, ...inCredentials, ...raw, ...cookies];
}
