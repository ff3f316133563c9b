import type { AgedPart, MissingPart } from '@souk/contracts';
import type { z } from 'zod';
import type { UpstreamName } from '../routing/routes.js';

/** A GET that brings one part of a page. */
export interface PartCall<T> {
  readonly upstream: UpstreamName;
  readonly path: string;
  readonly schema: z.ZodType<T>;
  /** The value of the Authorization header. */
  readonly authorization: string;
  /** Another caller would get another answer: nothing of it is remembered. */
  readonly isPersonal?: true;
}

/** What became of an optional part. */
export interface Part<T> {
  readonly value: T | null;
  readonly missing: readonly MissingPart[];
  /** It is its last good answer. */
  readonly aged: readonly AgedPart[];
}

export interface PageParts {
  /** @throws CodedError 404, 400 as the service says it; 503, 504 when it cannot be asked */
  required<T>(name: string, call: PartCall<T>): Promise<T>;
  /** Never rejects: without this part it is still a page. */
  optional<T>(name: MissingPart['part'], call: PartCall<T>): Promise<Part<T>>;
}

/** Where pages get their parts. */
export abstract class Parts {
  abstract forPage(): PageParts;
}

/** Why a part is missing. */
export function reasonOf(error: unknown): Exclude<MissingPart['reason'], 'overload'> {
  const kind = error instanceof Error && 'kind' in error ? error.kind : undefined;
  if (kind === 'timeout') return 'timeout';
  return kind === 'not-found' ? 'unknown' : 'unavailable';
}

/** For the end of a page: what is missing and what is old; nothing is said of what is not. */
export function toldOf(...parts: readonly Part<unknown>[]): { missing: MissingPart[]; aged?: AgedPart[] } {
  const aged = parts.flatMap((part) => part.aged);
  return { missing: parts.flatMap((part) => part.missing), ...(aged.length > 0 && { aged }) };
}
