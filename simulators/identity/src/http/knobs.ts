import { type IdentityKnobs, identityKnobs, identityUser, userName } from '@souk/contracts';
import type { Logger } from '@souk/observability';
import type { ZodType } from 'zod';
import type { Refusal, Users } from '../domain/users.js';
import type { KeyRotation } from '../keys/key-rotation.js';
import { type Exchange, readJson, sendJson } from './exchange.js';
import { ProblemError } from './problems.js';

export interface KnobParts {
  readonly knobs: Knobs;
  readonly people: { readonly users: Users };
  readonly rotation: Pick<KeyRotation, 'begin' | 'state'>;
  readonly logger: Pick<Logger, 'info'>;
}

/** How the provider misbehaves, and whether a device needs a person. */
export class Knobs {
  value: IdentityKnobs = identityKnobs.parse({});
}

type Handler = (parts: KnobParts, exchange: Exchange) => Promise<[status: number, body: unknown]>;

/** Everything a test or an experiment may turn, at the simulator's own port: it exists for that. */
const ROUTES: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  knobs: {
    GET: async ({ knobs }) => [200, knobs.value],
    PUT: async ({ knobs, logger }, { request }) => {
      knobs.value = await parsed(identityKnobs, request);
      logger.info({ knobs: knobs.value }, 'knobs turned');
      return [200, knobs.value];
    },
  },
  'knobs/rotate-key': {
    GET: async ({ rotation }) => [200, rotation.state()],
    POST: async ({ rotation }, { request }) => {
      await readJson(request);
      return [202, await rotation.begin().catch(whenReadOnly)];
    },
  },
  'knobs/users/:name': {
    PUT: async ({ people, logger }, { request, path }) => {
      const answer = people.users.put(nameIn(path), (await parsed(identityUser, request)).roles);
      if ('refused' in answer) throw refusedName(UNFIT[answer.refused] ?? answer.refused);
      const { user } = answer;
      logger.info({ user: user.name, roles: user.roles }, 'user put');
      return [200, user];
    },
    DELETE: async ({ people, logger }, { path }) => {
      const name = nameIn(path);
      if (!people.users.remove(name)) throw new ProblemError('user-not-found');
      logger.info({ user: name }, 'user removed');
      return [204, undefined];
    },
  },
};

export async function turnKnobs(parts: KnobParts, exchange: Exchange): Promise<void> {
  const { path, method, request, response } = exchange;
  // Browsers say where a request comes from, and no page has a reason to turn knobs.
  if (request.headers.origin !== undefined) throw new ProblemError('forbidden');
  const handlers = ROUTES[path.length === 3 && path[1] === 'users' ? 'knobs/users/:name' : path.join('/')];
  if (handlers === undefined) throw new ProblemError('route-not-found');
  const handler = handlers[method];
  if (handler === undefined) throw new ProblemError('method-not-allowed');
  const [status, body] = await handler(parts, exchange);
  if (body === undefined) response.writeHead(status).end();
  else sendJson(response, status, body);
}

const READ_ONLY = ['EROFS', 'EACCES', 'EPERM', 'EBUSY'];

function whenReadOnly(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  throw READ_ONLY.includes(code) ? new ProblemError('keys-read-only') : error;
}

function nameIn([, , name]: readonly string[]): string {
  const result = userName.safeParse(name);
  if (result.success) return result.data;
  throw refusedName('1 to 40 of a-z, 0-9 and -');
}

const UNFIT: Readonly<Partial<Record<Refusal, string>>> = {
  reserved: 'the shop calls those anonymous who are not signed in; choose another name',
  'too-many-users': 'the simulator knows too many users; restart it',
};

const refusedName = (message: string): ProblemError =>
  new ProblemError('validation-failed', [{ path: 'name', message }]);

async function parsed<T>(schema: ZodType<T>, request: Exchange['request']): Promise<T> {
  const result = schema.safeParse(await readJson(request));
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'unknown field' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  );
  throw new ProblemError('validation-failed', errors);
}
