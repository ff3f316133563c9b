import { STATUS_CODES } from 'node:http';
import { CodedError, type CodedErrorShape, type FieldError, isCodedError, statusOf } from './coded-error.js';
import { validationFailed } from './validation.js';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';
export const PROBLEM_TYPE_BASE = 'https://souk.dev/problems/';

/** RFC 9457 with our stable `code`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly traceId?: string;
  readonly errors?: readonly FieldError[];
}

export interface ProblemAnswer {
  readonly problem: Problem;
  readonly retryAfterSeconds?: number;
  /** True when the fault is ours: worth a log line with its stack. */
  readonly unexpected: boolean;
}

/** Knows errors of a library that this one does not, e.g. those of a database driver. */
export type Translate = (error: unknown) => CodedErrorShape | undefined;

/** The answer to any thrown value. What is not meant for callers (messages and stacks of unknown errors) stays out. */
export function problemOf(
  error: unknown,
  request: { instance?: string; traceId?: string },
  translate: Translate = () => undefined,
): ProblemAnswer {
  const coded = toCoded(translate(error) ?? error);
  const status = statusOf(coded.kind);
  const problem: Problem = {
    type: PROBLEM_TYPE_BASE + coded.code,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: coded.code,
    detail: coded.detail ?? coded.message,
    ...request,
    ...(coded.errors && { errors: coded.errors }),
  };
  return {
    problem,
    unexpected: coded.kind === 'internal',
    ...(coded.retryAfterSeconds !== undefined && { retryAfterSeconds: coded.retryAfterSeconds }),
  };
}

function toCoded(error: unknown): CodedErrorShape {
  if (isCodedError(error)) return error.kind === 'internal' ? internal() : error;
  if (isZodError(error)) return validationFailed(error.issues);
  return fromFramework(error) ?? internal();
}

const internal = (): CodedErrorShape =>
  new CodedError('internal', 'internal-error', 'Something went wrong on our side. The trace id leads to the details.');

const isZodError = (error: unknown): error is Error & { issues: [] } =>
  error instanceof Error && (error.name === 'ZodError' || error.name === '$ZodError') && 'issues' in error;

/** Fastify's and Nest's own errors carry a status; each 4xx has one code of ours. */
function fromFramework(error: unknown): CodedErrorShape | undefined {
  const status = frameworkStatus(error);
  switch (status) {
    case 400:
      return fromBadRequest(error);
    case 401:
      return new CodedError('unauthenticated', 'authentication-required', 'Sign in first.');
    case 403:
      return new CodedError('forbidden', 'forbidden', 'You may not do this.');
    case 404:
      return new CodedError('not-found', 'route-not-found', 'There is nothing at this address.');
    case 405:
      return new CodedError('method-not-allowed', 'method-not-allowed', 'This address takes other methods.');
    case 408:
      return new CodedError('too-slow', 'request-timeout', 'The request did not arrive in time.');
    case 413:
      return new CodedError('too-large', 'body-too-large', 'The body is larger than this service accepts.');
    case 414:
      return new CodedError('invalid', 'malformed-url', 'A part of the address is too long.');
    case 415:
      return new CodedError(
        'unsupported-media-type',
        'unsupported-media-type',
        'Send JSON with content-type: application/json.',
      );
    case 431:
      return new CodedError('headers-too-large', 'too-many-headers', 'The headers are larger than this service reads.');
    case 503:
      return new CodedError('unavailable', 'service-unavailable', 'The service is starting or stopping.', {
        retryAfterSeconds: 1,
      });
    default:
      return status !== undefined && status > 400 && status < 500 ? badRequest() : undefined;
  }
}

/** The caller's fault in a way that has no code of its own. */
const badRequest = (): CodedError => new CodedError('invalid', 'bad-request', 'The request cannot be understood.');

function fromBadRequest(error: unknown): CodedErrorShape {
  // Nest wraps what Fastify found and keeps it as the cause.
  const code = String(fieldOf(fieldOf(error, 'cause') ?? error, 'code'));
  if (code === 'FST_ERR_BAD_URL') return new CodedError('invalid', 'malformed-url', 'The address cannot be decoded.');
  if (fieldOf(error, 'name') === 'SyntaxError' || code.includes('JSON_BODY')) {
    return new CodedError('invalid', 'malformed-json', 'The body is not the JSON it claims to be.');
  }
  return badRequest();
}

function frameworkStatus(error: unknown): number | undefined {
  const getStatus = fieldOf(error, 'getStatus');
  const status = typeof getStatus === 'function' ? Reflect.apply(getStatus, error, []) : fieldOf(error, 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

/** By field, not by class: these errors come from other packages and other realms. */
const fieldOf = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null && name in error ? error[name as keyof typeof error] : undefined;
