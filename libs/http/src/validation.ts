import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { CodedError, type FieldError } from './coded-error.js';

/** The part of a Standard Schema issue (zod's is one) that is shown to callers. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A body with a million wrong fields gets a readable answer. */
const MAX_ERRORS = 50;
export const UNKNOWN_FIELD = 'unknown field';

/** Nest's own takes the fields `constructor` and `prototype` away before it looks; to a closed schema they are unknown fields like any other. */
class ClosedSchemaPipe extends StandardSchemaValidationPipe {
  protected override stripProtoKeys(): void {}
}

/** Global pipe: applies `@Body({ schema })`, `@Query({ schema })` and `@Param({ schema })`; failure is 400 `validation-failed`. */
export const validationPipe = (): StandardSchemaValidationPipe =>
  new ClosedSchemaPipe({ exceptionFactory: validationFailed });

/** For input that does not come through a parameter decorator. @throws CodedError 400 `validation-failed` */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (!result.success) throw validationFailed(result.error.issues);
  return result.data;
}

export function validationFailed(issues: readonly Issue[]): CodedError {
  const errors = issues.slice(0, MAX_ERRORS).flatMap(toFieldErrors).slice(0, MAX_ERRORS);
  return new CodedError('invalid', 'validation-failed', 'The request is not valid; `errors` names the fields.', {
    errors,
  });
}

/** zod reports unknown fields as one issue of their parent; callers look for the field. */
function toFieldErrors(issue: Issue): FieldError[] {
  const path = (issue.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  if ('code' in issue && issue.code === 'unrecognized_keys' && 'keys' in issue && Array.isArray(issue.keys)) {
    return issue.keys
      .slice(0, MAX_ERRORS)
      .map((key) => ({ path: shorten([...path, String(key)].join('.')), message: UNKNOWN_FIELD }));
  }
  return [{ path: shorten(path.join('.')), message: shorten(issue.message) }];
}

const shorten = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
