import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACTS, type DocumentedOperation, type OpenApiDocument } from '../../contract/api-documents.ts';

export type Access = 'anonymous' | 'user' | 'admin';

export interface Parameter {
  readonly name: string;
  readonly in: string;
}

/** An operation as the public document describes it, with the values of its examples. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly access: Access;
  readonly parameters: readonly Parameter[];
  /** A good body, where it takes one. */
  readonly body?: unknown;
}

/** Stands for ids that the document has no example of; nothing has it. */
const NOBODY = '0193f5a2-7c41-7d3e-9a10-5b1f0c7de499';
/** Streams have no end to wait for. */
const STREAMS = /\/stream$/;

/** Everything that can be reached from outside, streams aside. */
export function operations(): Operation[] {
  const document = JSON.parse(readFileSync(join(CONTRACTS, 'openapi.json'), 'utf8')) as OpenApiDocument;
  return Object.entries(document.paths)
    .filter(([path]) => !STREAMS.test(path))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => operationOf({ path, method, operation }, document)),
    );
}

interface Place {
  readonly path: string;
  readonly method: string;
  readonly operation: DocumentedOperation & { 'x-access'?: Access };
}

function operationOf({ path, method, operation }: Place, { components }: OpenApiDocument): Operation {
  const content = operation.requestBody?.content['application/json'];
  const reference = Object.values(content?.examples ?? {})[0]?.$ref;
  const body = components.examples?.[reference?.split('/').at(-1) ?? '']?.value;
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    access: operation['x-access'] ?? 'anonymous',
    parameters: operation.parameters ?? [],
    ...(content !== undefined && { body }),
  };
}

/** The path with values in the place of its parameters: those given, else those of somebody who does not exist. */
export function addressOf({ path }: Pick<Operation, 'path'>, given: Readonly<Record<string, string>> = {}): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => given[name] ?? NOBODY);
}
