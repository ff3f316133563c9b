import { randomUUID } from 'node:crypto';
import { type Operation } from '../support/documents.ts';
import { type Answer, send } from '../support/send.ts';
import { bearer, type Tokens } from '../support/tokens.ts';
import type { Expectation, Named } from './expectations.ts';

/** In the order of docs/security.md; `service`: what the gateway gives services, or at a service what customers give the gateway. */
export const CALLERS = ['anonymous', 'user A', 'user B', 'admin', 'service', 'expired'] as const;
export type Caller = (typeof CALLERS)[number];
export type Whose = 'own' | "other's" | 'missing';

export interface Place {
  readonly base: string;
  /** The value of `authorization` for each caller; none is sent where it is undefined. */
  readonly credentials: Readonly<Record<Caller, string | undefined>>;
  /** What is there: an order of each user, a product, its sku. */
  readonly ids: Readonly<Record<'user A' | 'user B' | 'product' | 'sku', string>>;
  /** Which callers are nobody's at all: those whose token means nothing here. */
  readonly isGateway: boolean;
}

export interface Cell {
  readonly operation: Pick<Operation, 'key' | 'method' | 'path'>;
  readonly caller: Caller;
  readonly whose: Whose;
  readonly expectation: Expectation;
}

export const credentialsAtGateway = async (
  tokens: Tokens,
  [a, b]: readonly [string, string],
): Promise<Place['credentials']> => ({
  anonymous: undefined,
  'user A': bearer(await tokens.user(a)).authorization,
  'user B': bearer(await tokens.user(b)).authorization,
  admin: bearer(await tokens.admin()).authorization,
  service: bearer(await tokens.internal('admin', ['customer', 'admin'])).authorization,
  expired: bearer(await tokens.expired('admin', ['customer', 'admin'])).authorization,
});

const PAST = { iat: 1_700_000_000, exp: 1_700_000_300 };
export const credentialsAtService = async (
  tokens: Tokens,
  [a, b]: readonly [string, string],
): Promise<Place['credentials']> => ({
  anonymous: bearer(await tokens.internal('anonymous', [])).authorization,
  'user A': bearer(await tokens.internal(a)).authorization,
  'user B': bearer(await tokens.internal(b)).authorization,
  admin: bearer(await tokens.internal('admin', ['customer', 'admin'])).authorization,
  service: bearer(await tokens.admin()).authorization,
  expired: bearer(await tokens.internal('admin', ['customer', 'admin'], { claims: PAST })).authorization,
});

/** Every caller with every kind of id that the path can have. Administrators change only what is not there. */
export function cellsOf(operation: Cell['operation'], expectation: Expectation): Cell[] {
  const { names } = expectation;
  const kinds: readonly Whose[] =
    names === undefined ? ['own'] : names === 'order' ? ['own', "other's", 'missing'] : ['own', 'missing'];
  return CALLERS.flatMap((caller) =>
    kinds
      .filter((whose) => caller !== 'admin' || whose === 'missing' || names === undefined || operation.method === 'GET')
      .filter((whose) => caller !== 'admin' || names !== 'other' || whose === 'missing')
      .map((whose) => ({ operation, caller, whose, expectation })),
  );
}

function idFor(names: Named, { caller, whose }: Pick<Cell, 'caller' | 'whose'>, ids: Place['ids']): string {
  if (whose === 'missing' || names === 'other') return names === 'sku' ? 'NO-SUCH-SKU' : randomUUID();
  if (names !== 'order') return ids[names];
  const [own, others] = caller === 'user B' ? (['user B', 'user A'] as const) : (['user A', 'user B'] as const);
  return ids[whose === 'own' ? own : others];
}

export function ask(place: Place, cell: Cell, method = cell.operation.method): Promise<Answer> {
  const { operation, caller, expectation } = cell;
  const id = idFor(expectation.names ?? 'other', cell, place.ids);
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)];
  const path = names.reduce(
    (text, [braced], index) => text.replace(braced, index === names.length - 1 ? id : 'order'),
    operation.path,
  );
  const authorization = place.credentials[caller];
  return send(place.base, path, { method, headers: authorization === undefined ? {} : { authorization } });
}

/** `401 token-invalid`, or the statuses that are all right. */
type Expected = string | readonly number[] | 'as missing' | 'let in';

/** What the table says of a cell. */
export function expected({ operation, caller, whose, expectation }: Cell, { isGateway }: Place): Expected {
  const { who, own, missing = [404] } = expectation;
  const readsTokens = !isGateway || operation.path.startsWith('/api/');
  if (who === 'session') return '401 authentication-required';
  if (readsTokens && caller === 'service') return '401 token-invalid';
  if (readsTokens && caller === 'expired') return '401 token-expired';
  if (readsTokens && caller === 'anonymous' && who !== 'everybody') return '401 authentication-required';
  if (readsTokens && caller.startsWith('user') && who === 'administrators') return '403 forbidden';
  if (whose === 'missing') return missing;
  if (whose === "other's" && caller !== 'admin') return 'as missing';
  return own ?? 'let in';
}

/** Undefined where the answer is as expected. `missing` is the answer about what is not there, for comparison. */
export function judge(cell: Cell, place: Place, answer: Answer, missing: Answer | undefined): string | undefined {
  const wanted = expected(cell, place);
  const { status, json } = answer;
  const told = `${status} ${json.code ?? ''}`.trim();
  const isFine =
    wanted === 'as missing'
      ? status === 404 && missing !== undefined && withoutIds(answer) === withoutIds(missing)
      : wanted === 'let in'
        ? status < 500 && status !== 401 && status !== 403 && status !== 405
        : typeof wanted === 'string'
          ? told === wanted
          : wanted.includes(status);
  if (isFine) return undefined;
  return `${cell.operation.key}, ${cell.caller}, ${cell.whose}: ${told}, not ${String(wanted)}`;
}

/** A refusal says nothing that differs between what is not there and what is not yours, the address as it was asked aside. */
const withoutIds = ({ status, text }: Answer): string =>
  `${status} ${text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, 'ID').replaceAll(/"traceId":"\w+"/g, '')}`;

const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

/** Methods that a path does not have; HEAD goes with GET. */
export function otherMethods(path: string, operations: readonly Cell['operation'][]): string[] {
  const has = new Set(operations.filter((one) => one.path === path).map(({ method }) => method));
  if (has.has('GET')) has.add('HEAD');
  return ALL_METHODS.filter((method) => !has.has(method));
}
