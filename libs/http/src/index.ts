export { canonicalHash } from './canonical-hash.js';
export {
  CodedError,
  isCodedError,
  type CodedErrorShape,
  type ErrorKind,
  type FieldError,
  statusOf,
} from './coded-error.js';
export { createHttpClient, type HttpClient, type HttpClientOptions, type HttpRequest } from './http-client.js';
export type { AnswerBody, HttpResponse } from './exchange.js';
export { parseIdempotencyKey } from './idempotency-key.js';
export {
  internalAuth,
  INTERNAL_AUDIENCE,
  INTERNAL_ISSUER,
  type InternalAuthOptions,
  internalPrincipals,
} from './internal-auth.js';
export { believe, everyRole } from './internal-auth.naive.js';
export { CurrentPrincipal, CurrentUser, Public, Roles } from './principal.js';
export { ANONYMOUS, authenticationRequired, type Principal } from './principal.js';
export { ProblemFilter, PUBLIC_PATH_HEADER } from './problem-filter.js';
export { PROBLEM_CONTENT_TYPE, PROBLEM_TYPE_BASE, problemOf, type Problem, type ProblemAnswer } from './problem.js';
export { fetchPublished, type RemoteKeys, remoteKeys } from './remote-keys.js';
export { problemWithStack } from './problem.naive.js';
export { parseInput, validationPipe } from './validation.js';
export { lenientPipe } from './validation.naive.js';
