import { STATUS_CODES } from 'node:http';
import type { Operation, ServiceApi } from '../dist/api/operation.js';
import { type ProblemCode, problemStatus } from '../dist/api/problems.js';
import type { JsonSchema } from './schema-book.ts';

type Codes = readonly ProblemCode[];

const ANY: Codes = ['validation-failed', 'malformed-url', 'internal-error', 'service-unavailable'];
const STORE: Codes = ['store-unavailable', 'timeout'];
const WITH_BODY: Codes = ['malformed-json', 'body-too-large', 'unsupported-media-type'];
const TOKEN: Codes = ['token-invalid', 'token-expired', 'identity-unavailable'];
const SESSION: Codes = ['session-ended', 'identity-unavailable'];
const UPSTREAM: Codes = ['upstream-unavailable', 'upstream-overloaded', 'upstream-invalid', 'upstream-timeout'];

/** Every code that the operation can answer, to callers of the service itself or to those of the gateway. */
export function problemsOf(operation: Operation, security: ServiceApi['security']): ProblemCode[] {
  const { access, body, path, public: address, problems = [] } = operation;
  const codes = [...ANY, ...problems, ...(body ? WITH_BODY : []), ...(path === address ? [] : STORE)];
  if (security === 'internal') codes.push('authentication-required', ...TOKEN);
  if (security === 'internal' && access === 'admin') codes.push('forbidden');
  if (security === 'public') codes.push(...atTheGateway(operation));
  return [...new Set(codes)].sort((a, b) => problemStatus[a] - problemStatus[b] || a.localeCompare(b, 'en'));
}

function atTheGateway({ method, access, credentials, standsAlone, path, public: address = path }: Operation): Codes {
  const isWrite = method !== 'get';
  const passesOn = address.startsWith('/api/') && standsAlone !== true;
  const codes: ProblemCode[] = ['path-refused'];
  if (passesOn) codes.push(...UPSTREAM);
  if (passesOn && isWrite) codes.push('read-only');
  if (credentials === 'none') return codes;
  codes.push(...SESSION, ...(credentials === 'session' ? [] : TOKEN));
  if (isWrite) codes.push('csrf-token-invalid');
  if (access !== 'anonymous') codes.push('authentication-required');
  if (access === 'admin') codes.push('forbidden');
  return codes;
}

/** One answer for each status, with an example for each code. */
export function problemAnswers(codes: readonly ProblemCode[]): Record<string, JsonSchema> {
  const byStatus = Map.groupBy(codes, (code) => problemStatus[code]);
  return Object.fromEntries([...byStatus].map(([status, group]) => [String(status), problemAnswer(status, group)]));
}

function problemAnswer(status: number, codes: readonly ProblemCode[]): JsonSchema {
  return {
    description: `${STATUS_CODES[status] ?? 'Problem'}: ${codes.map((code) => `\`${code}\``).join(', ')}`,
    ...(status === 503 && { headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/problem.${code}` }])),
      },
    },
    'x-problem-codes': [...codes],
  };
}

/** The problem document of a code, as short as it can be. */
export const problemExample = (code: ProblemCode): JsonSchema => ({
  value: {
    type: `https://souk.dev/problems/${code}`,
    title: STATUS_CODES[problemStatus[code]] ?? 'Problem',
    status: problemStatus[code],
    code,
  },
});

export { problemStatus as problemStatusTable } from '../dist/api/problems.js';
