import { CodedError, parseInput } from '@souk/http';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

/** Deeper than any request of ours; what reads a body by recursion must not run out of stack. */
const MAX_DEPTH = 64;

/**
 * The body of a request that the gateway answers itself; whatever it passes on stays bytes.
 * @throws CodedError 415 `unsupported-media-type`, 400 `malformed-json`, 400 `validation-failed` for a query, which nobody reads,
 * and for what is nested deeper than 64
 */
export function jsonBody({ headers, body, query }: FastifyRequest): unknown {
  parseInput(z.strictObject({}), { ...(query as object) });
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new CodedError(
      'unsupported-media-type',
      'unsupported-media-type',
      'Send JSON with content-type: application/json.',
    );
  }
  const parsed = parse(Buffer.from(body instanceof Uint8Array ? body : []).toString());
  if (isDeep(parsed)) {
    const errors = [{ path: '', message: `nested deeper than ${MAX_DEPTH}` }];
    throw new CodedError('invalid', 'validation-failed', 'The request is not valid; `errors` names the fields.', {
      errors,
    });
  }
  return parsed;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CodedError('invalid', 'malformed-json', 'The body is not the JSON it claims to be.');
  }
}

function isDeep(value: unknown): boolean {
  let level = [value].filter(isNested);
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++)
    level = level.flatMap((one): unknown[] => Object.values(one)).filter(isNested);
  return level.length > 0;
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;
