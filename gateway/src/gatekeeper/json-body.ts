import { CodedError, parseInput } from '@souk/http';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isNested, MAX_DEPTH, parsedJson, TOO_DEEP, unfit } from './json-text.js';

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
  const parsed = parsedJson(() => Buffer.from(body instanceof Uint8Array ? body : []).toString());
  if (isDeep(parsed)) throw unfit(TOO_DEEP);
  return parsed;
}

function isDeep(value: unknown): boolean {
  let level = [value].filter(isNested);
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++)
    level = level.flatMap((one): unknown[] => Object.values(one)).filter(isNested);
  return level.length > 0;
}
