import { type Operation as Documented, operationsOf, readDocument } from '../support/documents.ts';

export interface Operation extends Documented {
  /** A good body, where it takes one. */
  readonly body?: unknown;
}

/** Stands for ids that the document has no example of; nothing has it. */
const NOBODY = '0193f5a2-7c41-7d3e-9a10-5b1f0c7de499';
/** Streams have no end to wait for. */
const STREAMS = /\/stream$/;

/** Everything that can be reached from outside, streams aside. */
export function operations(): Operation[] {
  return operationsOf(readDocument())
    .filter(({ path }) => !STREAMS.test(path))
    .map((operation) => ({ ...operation, ...(operation.bodies.length > 0 && { body: operation.bodies[0] }) }));
}

/** The path with values in the place of its parameters: those given, else those of somebody who does not exist. */
export function addressOf({ path }: Pick<Operation, 'path'>, given: Readonly<Record<string, string>> = {}): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => given[name] ?? NOBODY);
}
