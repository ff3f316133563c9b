import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { LinkTable, LinkWish } from './link-table.ts';
import { parseToxic } from './toxics.ts';

const LARGEST_BODY = 65_536;

interface Asked {
  readonly method: string;
  readonly path: readonly string[];
  readonly body: unknown;
}

/**
 * How the proxy is told what to do, in JSON, names URI-encoded:
 *
 *     GET    /links                        all links with their toxics and counts
 *     PUT    /links/<name>                 {to: {host, port}, listen?: {host, port}, protocol?: http|kafka|tcp, seed?, beside?}
 *     DELETE /links/<name>                 also where it is not there
 *     PUT    /links/<name>/toxics/<toxic>  {type, direction?, toxicity?, …attributes}, see toxics.ts
 *     DELETE /links/<name>/toxics/<toxic>  also where it is not there
 *     DELETE /                             ends the process
 *
 * 200 with what was asked for, 400 with {error} for what makes no sense, 404 for another path.
 */
export function controlOf(links: LinkTable, end: () => void): RequestListener {
  return (request, response) => {
    void readBody(request)
      .then((body) => act({ method: request.method ?? '', path: pathOf(request), body }, links, end))
      .then(
        (answer) => say(response, answer === undefined ? 404 : 200, answer ?? { error: 'there is nothing here' }),
        (error: unknown) => say(response, 400, { error: error instanceof Error ? error.message : String(error) }),
      );
  };
}

/** Undefined: there is no such thing. */
async function act({ method, path, body }: Asked, links: LinkTable, end: () => void): Promise<object | undefined> {
  const [root, link, toxics, toxic] = path;
  const asked = `${method} ${path.length}`;
  if (asked === 'DELETE 0') {
    end();
    return {};
  }
  if (root !== 'links' || (toxics !== undefined && toxics !== 'toxics')) return undefined;
  if (asked === 'GET 1') return links.states();
  if (link === undefined) return undefined;
  if (asked === 'PUT 2') return links.ensure(link, wishOf(body));
  if (asked === 'DELETE 2') return links.remove(link).then(() => ({}));
  if (toxic === undefined) return undefined;
  if (asked === 'PUT 4') return links.poison(link, toxic, parseToxic(body));
  if (asked === 'DELETE 4') return links.cure(link, toxic).then(() => ({}));
  return undefined;
}

function wishOf(body: unknown): LinkWish {
  if (typeof body !== 'object' || body === null || !('to' in body))
    throw new TypeError('a link leads to a host and port');
  const { to, listen = { host: '127.0.0.1', port: 0 }, protocol = 'tcp', seed = 0, beside } = body as Partial<LinkWish>;
  if (!isAddress(to)) throw new TypeError('to must be { host, port }');
  if (!isAddress(listen)) throw new TypeError('listen must be { host, port }');
  if (protocol !== 'http' && protocol !== 'kafka' && protocol !== 'tcp')
    throw new TypeError('protocol must be http, kafka or tcp');
  if (!Number.isSafeInteger(seed)) throw new TypeError('seed must be a whole number');
  if (beside !== undefined && !Number.isSafeInteger(beside)) throw new TypeError('beside must be a whole number');
  return { to, listen, protocol, seed, ...(beside !== undefined && { beside }) };
}

function isAddress(value: unknown): value is LinkWish['to'] {
  if (typeof value !== 'object' || value === null || !('host' in value) || !('port' in value)) return false;
  const { host, port } = value;
  return typeof host === 'string' && typeof port === 'number' && Number.isInteger(port) && port >= 0 && port < 65_536;
}

function pathOf({ url = '/' }: IncomingMessage): string[] {
  return url
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > LARGEST_BODY) throw new TypeError('the body is too large');
  }
  return text === '' ? undefined : JSON.parse(text);
}

function say(response: ServerResponse, status: number, answer: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(answer)}\n`);
}
