import { request, type IncomingHttpHeaders } from 'node:http';

export interface Wish {
  readonly method?: string;
  /** Pairs, so that one name may be there twice; an object where each is there once. */
  readonly headers?: readonly (readonly [string, string])[] | Readonly<Record<string, string>>;
  /** A string or bytes go out as they are, anything else as JSON with its content type. */
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of a JSON answer, else empty. */
  readonly json: Readonly<Record<string, unknown>> & { readonly code?: string };
}

/** Node would send these in chunks, of which there are none. */
const MAY_HAVE_BODY = new Set(['POST', 'PUT', 'PATCH']);

/**
 * One request on a connection of its own, with exactly this target and these headers: fetch would tidy both up first.
 * Rejects when the connection ends without an answer.
 */
export function send(base: string, target: string, wish: Wish = {}): Promise<Answer> {
  const { method = 'GET', timeoutMs = 30_000 } = wish;
  const { hostname, port } = new URL(base);
  const isRaw = wish.body === undefined || typeof wish.body === 'string' || wish.body instanceof Uint8Array;
  const body = isRaw ? (wish.body as string | Uint8Array | undefined) : JSON.stringify(wish.body);
  const pairs = Array.isArray(wish.headers) ? wish.headers : Object.entries(wish.headers ?? {});
  const named = (name: string): boolean => pairs.some(([one]) => one.toLowerCase() === name);
  const headers = [...pairs, ['connection', 'close'] as const].filter(
    ([name], index) => index < pairs.length || !named(name),
  );
  if (!isRaw && !named('content-type')) headers.push(['content-type', 'application/json']);
  const hasLength = body !== undefined || MAY_HAVE_BODY.has(method);
  if (hasLength && !named('content-length') && !named('transfer-encoding'))
    headers.push(['content-length', String(Buffer.byteLength(body ?? ''))]);
  if (!named('host')) headers.unshift(['host', `${hostname}:${port}`]);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { host: hostname, port, path: target, method, headers: headers.flat(), agent: false, signal };
    const outgoing = request(options, (incoming) => {
      const head = { status: incoming.statusCode ?? 0, headers: incoming.headers };
      if (String(incoming.headers['content-type']).startsWith('text/event-stream')) {
        // It has no end; that it began is the answer.
        outgoing.destroy();
        return resolve({ ...head, text: '', json: {} });
      }
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = text !== '' && String(incoming.headers['content-type']).includes('json');
        resolve({ ...head, text, json: isJson ? (JSON.parse(text) as Answer['json']) : {} });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
