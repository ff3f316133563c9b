import { CodedError, parseInput } from '@souk/http';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

/**
 * The body of a request that the gateway answers itself; whatever it passes on stays bytes.
 * @throws CodedError 415 `unsupported-media-type`, 400 `malformed-json`, 400 `validation-failed` for a query, which nobody reads
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
  try {
    return JSON.parse(Buffer.from(body instanceof Uint8Array ? body : []).toString());
  } catch {
    throw new CodedError('invalid', 'malformed-json', 'The body is not the JSON it claims to be.');
  }
}
