import {
  CONTRACTS,
  type DocumentedOperation,
  type OpenApiDocument,
  SchemaChecker,
} from '../../contract/api-documents.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Codes that any request may meet before an operation is found, or instead of one. */
const ANYWHERE = new Set([
  'api-key-invalid',
  'bad-request',
  'caller-blocked',
  'malformed-url',
  'method-not-allowed',
  'overloaded',
  'path-refused',
  'rate-limited',
  'request-timeout',
  'route-not-found',
  'too-many-headers',
]);

export interface HeardAnswer {
  method: string;
  /** Public path, without query. */
  path: string;
  status: number;
  type: string;
  body: string;
}

interface Found {
  id: string;
  operation: DocumentedOperation;
  matches: RegExp;
  method: string;
  isExact: boolean;
}

/** Holds what the shop answers against the public OpenAPI document, and remembers which operations were heard. */
export class DocumentedAnswers {
  readonly #operations: Found[];
  readonly #checker: SchemaChecker;
  readonly #heard = new Set<string>();

  constructor(document: OpenApiDocument = publicDocument()) {
    this.#checker = new SchemaChecker(document, { closed: true });
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        id: operation.operationId,
        operation,
        method: method.toUpperCase(),
        matches: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
        isExact: !path.includes('{'),
      })),
    );
  }

  /** `<operation id> <status>` of every answer so far. */
  get heard(): ReadonlySet<string> {
    return this.#heard;
  }

  get operationIds(): string[] {
    return this.#operations.map(({ id }) => id);
  }

  /** What is wrong with an answer; nothing when it is as documented. HEAD is not looked at: its body is that of GET. */
  violations({ method, path, status, type, body }: HeardAnswer): string[] {
    const found = this.#operations
      .filter((one) => one.method === method && one.matches.test(path))
      .sort((a, b) => Number(b.isExact) - Number(a.isExact))[0];
    const problem = type.startsWith('application/problem+json') ? (JSON.parse(body) as { code?: string }) : undefined;
    if (found === undefined || ANYWHERE.has(problem?.code ?? ''))
      return ANYWHERE.has(problem?.code ?? '') ? [] : ['no such operation is documented'];
    this.#heard.add(`${found.id} ${status}`);
    const documented = found.operation.responses[String(status)];
    if (documented === undefined) return [`${status} ${problem?.code ?? ''} is not documented`];
    if (problem !== undefined && !documented['x-problem-codes']?.includes(problem.code ?? ''))
      return [`the code ${problem.code} is not documented for ${status}`];
    if (documented.content === undefined) return body === '' ? [] : ['has a body, documented without'];
    const media = documented.content[type.split(';', 1)[0]?.trim() ?? ''];
    if (media === undefined) return [`${type} is not documented`];
    return valuesIn(type, body).flatMap((value) => this.#checker.errors(media.schema, value));
  }

  /** fetch that refuses answers which are not as documented. Streams are only looked at from outside. */
  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const response = await fetch(request);
    const type = response.headers.get('content-type') ?? '';
    if (request.method === 'HEAD' || type.startsWith('text/event-stream')) return response;
    const { pathname: path } = new URL(request.url);
    const answer = { method: request.method, path, status: response.status, type, body: await response.clone().text() };
    const wrong = this.violations(answer);
    if (wrong.length > 0)
      throw new Error(`${answer.method} ${path} was answered ${answer.status}: ${wrong.join('; ')}`);
    return response;
  };
}

/** JSON, or the data of each server-sent event; other texts have no schema worth a check. */
function valuesIn(type: string, body: string): unknown[] {
  if (type.startsWith('text/event-stream'))
    return [...body.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data) as unknown);
  return type.includes('json') ? [JSON.parse(body)] : [];
}

function publicDocument(): OpenApiDocument {
  return JSON.parse(readFileSync(join(CONTRACTS, 'openapi.json'), 'utf8')) as OpenApiDocument;
}
