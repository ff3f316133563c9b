import { problem } from '@souk/contracts';
import type { ZodType } from 'zod';
import { apis } from '../dist/api/apis.js';
import { components } from '../dist/api/components.js';
import type { Answer, Operation, Parameter, ServiceApi } from '../dist/api/operation.js';
import { type Example, httpExamples } from './examples.ts';
import { ABOUT, HEADERS, SECURITY_SCHEMES, securityOf, TAGS, VERSION } from './openapi-prose.ts';
import { problemAnswers, problemExample, problemsOf } from './problem-answers.ts';
import { type JsonSchema, SchemaBook } from './schema-book.ts';

const answersOf = ({ operations }: ServiceApi): ZodType[] =>
  operations.flatMap(({ answers }) => Object.values(answers).flatMap(({ schema }) => (schema ? [schema] : [])));
const read = [...Object.values(apis).flatMap(answersOf), problem];

/** What one document collects while its operations are written. */
class Draft {
  readonly book = new SchemaBook(components, read, 'draft-2020-12');
  readonly #examplesOf = httpExamples();
  readonly #examples = new Map<string, JsonSchema>();
  readonly #security: ServiceApi['security'];

  constructor(security: ServiceApi['security']) {
    this.#security = security;
  }

  /** @param servedBy service and path behind the gateway */
  operation(operation: Operation, servedBy?: string): JsonSchema {
    const { id, tag, summary, description, access, body, answers } = operation;
    const codes = problemsOf(operation, this.#security);
    for (const code of codes) this.#examples.set(`problem.${code}`, problemExample(code));
    this.book.of(problem, 'output');
    const parameters = this.#parameters(operation);
    const role = access === 'admin' ? 'Needs the role `admin`.' : undefined;
    const told = [description, role].filter((text) => text !== undefined).join(' ');
    return {
      operationId: id,
      tags: [tag],
      summary,
      ...(told !== '' && { description: told }),
      security: securityOf(operation, this.#security),
      ...(parameters.length > 0 && { parameters }),
      ...(body && {
        requestBody: { required: operation.bodyOptional !== true, content: this.#content(body, 'input') },
      }),
      responses: {
        ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, this.#answer(answer)])),
        ...problemAnswers(codes),
      },
      ...(servedBy !== undefined && { 'x-access': access, 'x-served-by': servedBy }),
    };
  }

  examples(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#examples].sort(([a], [b]) => a.localeCompare(b, 'en')));
  }

  #answer({ description, schema, types, headers = [] }: Answer): JsonSchema {
    return {
      description,
      ...(headers.length > 0 && {
        headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
      }),
      ...(schema && { content: this.#content(schema, 'output', types) }),
    };
  }

  #content(schema: ZodType, side: 'input' | 'output', types: readonly string[] = ['application/json']): JsonSchema {
    const found = this.#examplesOf(schema);
    const keyed = found.map((example): [string, JsonSchema] => [keyOf(example), { $ref: this.#keep(example) }]);
    const media = {
      schema: this.book.of(schema, side),
      ...(found.length > 0 && { examples: Object.fromEntries(keyed) }),
    };
    return Object.fromEntries(types.map((type) => [type, media]));
  }

  #keep(example: Example): string {
    this.#examples.set(keyOf(example), { value: example.value });
    return `#/components/examples/${keyOf(example)}`;
  }

  #parameters({ params = {}, query, queryHelp = {}, headers = {} }: Operation): JsonSchema[] {
    return [
      ...Object.entries(params).map(([name, parameter]) => this.#parameter('path', name, parameter, true)),
      ...(query ? this.#queryParameters(query, queryHelp) : []),
      ...Object.entries(headers).map(([name, parameter]) =>
        this.#parameter('header', name, parameter, !parameter.schema.safeParse(undefined).success),
      ),
    ];
  }

  #parameter(where: string, name: string, { schema, description, example }: Parameter, required: boolean): JsonSchema {
    const of = this.book.of(schema, 'input');
    return { name, in: where, required, description, schema: of, ...(example !== undefined && { example }) };
  }

  /** What is read from a query is text; its type is that of the value it stands for. */
  #queryParameters(query: ZodType, help: Readonly<Record<string, string>>): JsonSchema[] {
    const { properties = {} } = this.book.of(query, 'output');
    const { required = [] } = this.book.of(query, 'input');
    return Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) => ({
      name,
      in: 'query',
      required: (required as string[]).includes(name),
      ...(help[name] !== undefined && { description: help[name] }),
      schema,
    }));
  }
}

const keyOf = ({ name }: Example): string => name.replace('@', '.');

interface Head {
  readonly title: string;
  readonly description: string;
  readonly security: ServiceApi['security'];
}

interface Entry {
  readonly path: string;
  readonly operation: Operation;
  readonly servedBy?: string;
}

function document({ title, description, security }: Head, entries: readonly Entry[]): JsonSchema {
  const draft = new Draft(security);
  const paths: Record<string, JsonSchema> = {};
  for (const { path, operation, servedBy } of entries)
    (paths[path] ??= {})[operation.method] = draft.operation(operation, servedBy);
  const tags = new Set(entries.map(({ operation }) => operation.tag));
  return {
    openapi: '3.1.1',
    info: { title, version: VERSION, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).flatMap(([name, about]) => (tags.has(name) ? [{ name, description: about }] : [])),
    paths,
    components: {
      schemas: draft.book.components(),
      examples: draft.examples(),
      headers: HEADERS,
      ...(security !== 'none' && { securitySchemes: SECURITY_SCHEMES[security] }),
    },
  };
}

/** The document of one deployable, with the paths it serves itself. */
export function serviceDocument(name: string): JsonSchema {
  const api = apis[name];
  if (api === undefined) throw new Error(`no operations of ${name}`);
  return document(
    api,
    api.operations.map((operation) => ({ path: operation.path, operation })),
  );
}

/** Everything that can be reached from outside, at its public address. */
export function publicDocument(): JsonSchema {
  const order = Object.keys(TAGS);
  const entries = Object.entries(apis)
    .flatMap(([name, { operations }]) => operations.map((operation) => ({ name, operation })))
    .flatMap(({ name, operation }) => {
      const { public: path, path: inside } = operation;
      return path === undefined ? [] : [{ path, operation, servedBy: `${name} ${inside}` }];
    })
    .sort((a, b) => order.indexOf(a.operation.tag) - order.indexOf(b.operation.tag));
  return document({ title: 'Souk', description: ABOUT, security: 'public' }, entries);
}

export const serviceNames = Object.keys(apis);
