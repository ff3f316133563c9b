/** Every kind of refusal or fault with the HTTP status it is answered with. */
const STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'too-slow': 408,
  conflict: 409,
  'too-large': 413,
  'unsupported-media-type': 415,
  unprocessable: 422,
  'too-many-requests': 429,
  'headers-too-large': 431,
  internal: 500,
  'bad-gateway': 502,
  unavailable: 503,
  /** By a caller who left: nobody hears it. */
  cancelled: 503,
  timeout: 504,
} as const;

export type ErrorKind = keyof typeof STATUS;

export interface FieldError {
  /** Dotted path of the field, '' for the body as a whole. */
  readonly path: string;
  readonly message: string;
}

/** What the problem filter looks for. Domain code has error classes of its own in this shape and imports nothing. */
export interface CodedErrorShape extends Error {
  readonly kind: ErrorKind;
  /** kebab-case and stable: part of the API. */
  readonly code: string;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
}

export class CodedError extends Error implements CodedErrorShape {
  override readonly name = 'CodedError';
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;

  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    extra: { detail?: string; errors?: readonly FieldError[]; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    if (extra.detail !== undefined) this.detail = extra.detail;
    if (extra.errors !== undefined) this.errors = extra.errors;
    if (extra.retryAfterSeconds !== undefined) this.retryAfterSeconds = extra.retryAfterSeconds;
  }
}

export function isCodedError(error: unknown): error is CodedErrorShape {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    'kind' in error &&
    typeof error.kind === 'string' &&
    Object.hasOwn(STATUS, error.kind)
  );
}

export const statusOf = (kind: ErrorKind): number => STATUS[kind];
