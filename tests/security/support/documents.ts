import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from '../../../tools/cli/src/home.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Media {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, { readonly $ref?: string; readonly value?: unknown }>>;
}
type Access = 'anonymous' | 'user' | 'admin';
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}
interface DocumentedOperation {
  readonly operationId: string;
  readonly 'x-access'?: Access;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Media>> };
}
export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly examples?: Readonly<Record<string, { readonly value: unknown }>> };
}

export interface Operation {
  /** `GET /api/orders/{id}` */
  readonly key: string;
  readonly id: string;
  readonly method: string;
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly access: Access;
  readonly parameters: readonly Parameter[];
  readonly operation: DocumentedOperation;
  /** Bodies that are good, from the examples; none where it takes none. */
  readonly bodies: readonly unknown[];
}

const METHODS = new Set(['get', 'post', 'put', 'delete', 'patch', 'head', 'options', 'trace']);

/** The merged document of the gateway, or that of one service. */
export function readDocument(service?: string): ApiDocument {
  const file = service === undefined ? 'openapi.json' : join('openapi', `${service}.json`);
  return JSON.parse(readFileSync(join(REPO_ROOT, 'contracts', file), 'utf8')) as ApiDocument;
}

export function operationsOf(document: ApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([name, operation]) => {
      if (!METHODS.has(name)) return [];
      const method = name.toUpperCase();
      const { operationId: id, 'x-access': access = 'anonymous', parameters = [] } = operation;
      const bodies = bodiesOf(operation, document);
      return [{ key: `${method} ${path}`, id, method, path, access, parameters, operation, bodies }];
    }),
  );
}

function bodiesOf({ requestBody }: DocumentedOperation, { components }: ApiDocument): unknown[] {
  const examples = Object.values(requestBody?.content['application/json']?.examples ?? {});
  return examples.flatMap(({ $ref, value }) => {
    const found = $ref === undefined ? value : components.examples?.[$ref.split('/').at(-1) ?? '']?.value;
    return found === undefined ? [] : [found];
  });
}
