import { currentContext } from '@souk/observability';
import { STATUS_CODES } from '../node-http.js';

/** Refusals of what is not OpenID Connect here: knobs and pages. The codes are part of the interface. */
const PROBLEMS = {
  'malformed-url': { status: 400, detail: 'The address cannot be decoded.' },
  'malformed-json': { status: 400, detail: 'The body is not the JSON it claims to be.' },
  'validation-failed': { status: 400, detail: 'Some fields are not as they must be.' },
  forbidden: { status: 403, detail: 'Knobs are for tests and scripts, not for web pages.' },
  'route-not-found': { status: 404, detail: 'There is nothing at this address.' },
  'user-not-found': { status: 404, detail: 'There is no user of this name.' },
  'method-not-allowed': { status: 405, detail: 'This address takes other methods.' },
  'keys-read-only': {
    status: 409,
    detail:
      'The file with the keys cannot be written from here; ./souk rotate identity-key writes it where it comes from.',
  },
  'body-too-large': { status: 413, detail: 'The body is larger than this simulator accepts.' },
  'unsupported-media-type': { status: 415, detail: 'Send JSON with content-type: application/json, forms as forms.' },
  'too-many-headers': { status: 431, detail: 'The headers are larger than this simulator reads.' },
  'internal-error': { status: 500, detail: 'Something went wrong in the simulator; its log knows more.' },
  'identity-unavailable': { status: 503, detail: 'The identity provider has a fault (a knob of the simulator).' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  readonly errors: readonly FieldProblem[] | undefined;

  constructor(code: ProblemCode, errors?: readonly FieldProblem[]) {
    super(PROBLEMS[code].detail);
    this.code = code;
    this.errors = errors;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** RFC 9457, in the shape of all others in the shop. */
  body(): Record<string, unknown> {
    const traceId = currentContext()?.traceId;
    return {
      type: `https://souk.dev/problems/${this.code}`,
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      code: this.code,
      detail: this.message,
      ...(traceId !== undefined && { traceId }),
      ...(this.errors !== undefined && { errors: this.errors }),
    };
  }
}
