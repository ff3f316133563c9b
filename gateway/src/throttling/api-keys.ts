import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { CodedError } from '@souk/http';
import { z } from 'zod';

export const API_KEY_HEADER = 'x-api-key';

/** Of a key only its SHA-256 is known here (hex), so that the file gives nobody away. */
const file = z.strictObject({
  keys: z.array(
    z.strictObject({ holder: z.string().regex(/^[a-z0-9-]{1,40}$/), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

/** Holder by hash. @throws Error when the text is no list of keys; it shows nothing of the text, which may be a key after all */
export function parseApiKeys(text: string): ReadonlyMap<string, string> {
  return new Map(file.parse(jsonOf(text)).keys.map(({ holder, sha256 }) => [sha256, holder]));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('the file holds no JSON; expected are API keys: {"keys":[{"holder","sha256"}]}');
  }
}

/** Who holds which API key. A key says who is charged; what somebody may do, their token says. */
export class ApiKeys {
  readonly #holders: { readonly value: ReadonlyMap<string, string> };

  /** May change at any time. */
  constructor(holders: { readonly value: ReadonlyMap<string, string> } = { value: new Map() }) {
    this.#holders = holders;
  }

  /** Undefined without a key. @throws CodedError 401 `api-key-invalid` for one that nobody holds */
  holderOf({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
    const key = headers[API_KEY_HEADER];
    if (key === undefined) return undefined;
    const holder = typeof key === 'string' ? this.#holders.value.get(hashOf(key)) : undefined;
    if (holder !== undefined) return holder;
    throw new CodedError(
      'unauthenticated',
      'api-key-invalid',
      'Nobody holds this API key; leave it away, or ask for one.',
    );
  }
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
