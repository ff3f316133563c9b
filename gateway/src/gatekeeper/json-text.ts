import { CodedError } from '@souk/http';

/** Deeper than any request of ours; what reads a body by recursion must not run out of stack. */
export const MAX_DEPTH = 64;
export const TOO_DEEP = `nested deeper than ${MAX_DEPTH}`;

/** @throws CodedError 400 `malformed-json` when there is none, or `textOf` cannot tell its text */
export function parsedJson(textOf: () => string): unknown {
  try {
    return JSON.parse(textOf());
  } catch {
    throw new CodedError('invalid', 'malformed-json', 'The body is not the JSON it claims to be.');
  }
}

/** Of a body as a whole: there is no field to name. */
export const unfit = (message: string): CodedError => invalidFields([{ path: '', message }]);

export const invalidFields = (errors: readonly { readonly path: string; readonly message: string }[]): CodedError =>
  new CodedError('invalid', 'validation-failed', 'The request is not valid; `errors` names the fields.', { errors });

export const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;
