import type { Edge } from './history.ts';

/** One operation from its request to its answer; `end` is undefined while, or if ever, nobody knows what became of it. */
export interface PastOperation {
  readonly invoke: Edge;
  readonly end: Edge | undefined;
}

/** What the edges of a workload carry in `value`, by operation. A checker reads these and nothing else. */
export interface PlaceAsked {
  readonly user: string;
  /** Anything that is equal for equal bodies: the body itself, or its hash. */
  readonly body: unknown;
}
export interface PlaceAnswered {
  readonly status?: number;
  readonly code?: string;
  readonly orderId?: string;
}
export interface ReadAnswered {
  readonly status?: number;
  readonly version?: number;
  readonly orderStatus?: string;
}

/** Puts the edges of each operation together. A process has one operation at a time, so its next edge is the end of the last. */
export function operationsOf(edges: readonly Edge[]): PastOperation[] {
  const open = new Map<number, Edge>();
  const operations: PastOperation[] = [];
  for (const edge of edges) {
    const invoke = open.get(edge.process);
    if (edge.type === 'invoke') {
      if (invoke !== undefined) operations.push({ invoke, end: undefined });
      open.set(edge.process, edge);
    } else if (invoke !== undefined) {
      operations.push({ invoke, end: edge });
      open.delete(edge.process);
    }
  }
  return [...operations, ...[...open.values()].map((invoke) => ({ invoke, end: undefined }))];
}

/** `first` was over when `second` began. */
export const isBefore = (first: PastOperation, second: PastOperation): boolean =>
  first.end !== undefined && first.end.index < second.invoke.index;
