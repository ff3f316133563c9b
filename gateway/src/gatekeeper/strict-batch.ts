import type { BatchRequest } from '@souk/contracts';
import { type FieldError, isCodedError, parseInput } from '@souk/http';
import type { z } from 'zod';
import { invalidFields } from './json-text.js';
import type { KnownRoutes } from './known-routes.js';
import { refuseTarget } from './path-guard.js';

/** The one address of the shop that is known by name here: what is sent there holds requests. */
export const BATCH = '/api/batch';
/** As of one body. */
const MAX_ERRORS = 50;
type SubRequest = BatchRequest['requests'][number];
/** Published schemas give no defaults here: what goes in is what came. */
type Given = Omit<SubRequest, 'method'> & Partial<Pick<SubRequest, 'method'>>;

/**
 * What a request may not be alone, it may not be in a batch; the first fault of any is that of all, as with any other body.
 * @throws CodedError 400 `validation-failed` with the fields, e.g. `requests.1.body.quantity`
 */
export function checkBatch(
  { requests }: { readonly requests: readonly Given[] },
  routes: Pick<KnownRoutes, 'find'>,
): void {
  const errors = requests.flatMap((request, at) =>
    faultsOf(request, routes).map(({ path, message }) => ({ path: `requests.${at}.${path}`, message })),
  );
  if (errors.length > 0) throw invalidFields(errors.slice(0, MAX_ERRORS));
}

function faultsOf({ method = 'GET', path, body }: Given, routes: Pick<KnownRoutes, 'find'>): readonly FieldError[] {
  const refusal = refuseTarget(path);
  if (refusal !== undefined) return [{ path: 'path', message: refusal }];
  if (method === 'GET') return body === undefined ? [] : [{ path: 'body', message: 'a GET has none' }];
  const known = routes.find(method, path.split('?', 1)[0] ?? '');
  if (known.kind === 'unknown') return [{ path: 'path', message: 'there is nothing at this address' }];
  if (known.kind === 'wrong-method')
    return [{ path: 'method', message: `this address takes ${known.allowed.join(', ')}` }];
  const { body: schema, isBodyRequired } = known.operation;
  if (body === undefined) return isBodyRequired ? [{ path: 'body', message: 'is missing' }] : [];
  return schema === undefined ? [{ path: 'body', message: 'this address takes none' }] : faultsIn(body, schema);
}

function faultsIn(body: unknown, schema: z.ZodType): readonly FieldError[] {
  try {
    parseInput(schema, body);
    return [];
  } catch (error) {
    if (!isCodedError(error)) throw error;
    return (error.errors ?? []).map(({ path, message }) => ({ path: path === '' ? 'body' : `body.${path}`, message }));
  }
}
