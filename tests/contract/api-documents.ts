import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

export const CONTRACTS = join(import.meta.dirname, '..', '..', 'contracts');

type Content = Record<string, { schema: object; examples?: Record<string, { $ref: string }> }>;

export interface DocumentedOperation {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean; schema: object; example?: unknown }[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content; 'x-problem-codes'?: string[] }>;
}

export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: { schemas: Record<string, object>; examples?: Record<string, { value: unknown }> };
}

/** File below contracts → document, of every committed OpenAPI document. */
export function openApiDocuments(): Map<string, OpenApiDocument> {
  const files = ['openapi.json', ...readdirSync(join(CONTRACTS, 'openapi')).map((file) => `openapi/${file}`)];
  return new Map(
    files.map((file) => [file, JSON.parse(readFileSync(join(CONTRACTS, file), 'utf8')) as OpenApiDocument]),
  );
}

/** Where an answer or example breaks the document, as readable lines. */
export class SchemaChecker {
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<object, ValidateFunction>();

  /** @param closed whether an object may have no fields but those that its schema names */
  constructor(document: OpenApiDocument, { closed = false } = {}) {
    this.#ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(this.#ajv);
    const schemas = document.components.schemas;
    this.#ajv.addSchema({ $id: 'document:', components: { schemas: closed ? close(schemas) : schemas } });
  }

  errors(schema: object, value: unknown): string[] {
    const validate = this.#validatorOf(schema);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || '/'} ${message ?? ''} ${JSON.stringify(params)}`,
    );
  }

  #validatorOf(schema: object): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"document:#/')) as object;
    const made = this.#ajv.compile(absolute);
    this.#compiled.set(schema, made);
    return made;
  }
}

/** A reader ignores fields it does not know; a test that compares what is said with what is documented does not. */
function close(value: unknown): object {
  if (typeof value !== 'object' || value === null) return value as unknown as object;
  if (Array.isArray(value)) return value.map(close);
  const entries = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, close(child)]));
  const isOpen =
    'properties' in entries && !('additionalProperties' in entries) && entries['type'] === ('object' as unknown);
  return isOpen ? { ...entries, additionalProperties: false } : entries;
}

export interface PlacedExample {
  where: string;
  schema: object;
  value: unknown;
}

/** Every example of a document beside the schema it must fit. */
export function examplesOf({ paths, components }: OpenApiDocument): PlacedExample[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { parameters = [], requestBody, responses }]) => {
      const where = `${method} ${path}`;
      const bodies = [requestBody, ...Object.values(responses)].flatMap((body) => Object.values(body?.content ?? {}));
      const inBodies = bodies.flatMap(({ schema, examples = {} }) =>
        Object.values(examples).map(({ $ref }) => {
          const name = $ref.replace('#/components/examples/', '');
          return { where: `${where} ${name}`, schema, value: components.examples?.[name]?.value };
        }),
      );
      const inParameters = parameters.flatMap(({ name, schema, example }) =>
        example === undefined ? [] : [{ where: `${where} ${name}`, schema, value: example }],
      );
      return [...inBodies, ...inParameters];
    }),
  );
}
