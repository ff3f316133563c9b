import { Agent, request } from 'undici';
import type { ApiAnswer, ApiRequest } from '../../../cli/src/shop/api-client.ts';
import type { Answer, Visit } from '../run/observations.ts';

/** Nobody waits longer for a page. */
const PATIENCE_MS = 10_000;
const MOST_MS = 20_000;

/** The class of what is asked for; undefined for what no visitor does. */
export function visitOf(method: string, path: string): Visit | undefined {
  const [, part = '', ...rest] = path.split('?')[0]?.split('/').slice(1) ?? [];
  switch (part) {
    case 'products':
    case 'categories':
      return 'browse';
    case 'pages':
      return 'page';
    case 'cart':
      return 'cart';
    case 'orders':
      if (method === 'GET') return 'read';
      return rest.length === 0 ? 'order' : rest[1] === 'cancel' ? 'cancel' : 'return';
    default:
      return undefined;
  }
}

export interface DoorOptions {
  readonly url: string;
  /** Sent with everything, an API key for example. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the run began. */
  readonly now: () => number;
  readonly note: (answer: Answer) => void;
}

/** The front door of the shop as the load uses it: connections are kept, and every answer is written down. */
export class Door {
  readonly #options: DoorOptions;
  /** Each request has its own patience; these limits only end what outlives it. */
  readonly #agent = new Agent({
    keepAliveTimeout: 4_000,
    connect: { timeout: 5_000 },
    headersTimeout: MOST_MS,
    bodyTimeout: MOST_MS,
  });

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** As ApiClient.send: any status is an answer. @throws when there is none */
  async send<T>(method: string, path: string, sent: ApiRequest = {}): Promise<ApiAnswer<T>> {
    const { now, note } = this.#options;
    const visit = visitOf(method, path);
    const at = now();
    const noted = (rest: Omit<Answer, 'at' | 'tookMs' | 'visit'>): void => {
      if (visit !== undefined) note({ at, tookMs: now() - at, visit, ...rest });
    };
    try {
      const { statusCode: status, body, headers } = await this.#request(method, path, sent);
      const text = await body.text();
      const read = visit === 'browse' && status < 400 ? text : parsed(text);
      noted({ status, ...detailsOf(status, read) });
      return { status, headers: new Headers(headers as Record<string, string>), body: read as T };
    } catch (error) {
      noted({ status: 0, code: reasonOf(error) });
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #request(method: string, path: string, { token, body, headers, timeoutMs = PATIENCE_MS }: ApiRequest) {
    const { url, headers: own } = this.#options;
    return request(new URL(path, url), {
      dispatcher: this.#agent,
      method: method as 'GET',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept: 'application/json',
        ...own,
        ...headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  }
}

/** What a figure may want to know of an answer: the code of a problem, the parts that a page left out. */
function detailsOf(status: number, body: unknown): Pick<Answer, 'code' | 'missing'> {
  if (typeof body !== 'object' || body === null) return {};
  const { code, missing } = body as { code?: unknown; missing?: unknown };
  if (status >= 400) return typeof code === 'string' ? { code } : {};
  if (!Array.isArray(missing) || missing.length === 0) return {};
  return { missing: missing.map(({ part }: { part: string }) => part) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function reasonOf(error: unknown): string {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  if (name === 'TimeoutError') return 'timeout';
  return typeof code === 'string' ? code : 'no-answer';
}
