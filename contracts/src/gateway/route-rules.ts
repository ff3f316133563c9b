/** What a schema cannot say about a route table. Each problem names the entry, what is wrong with it and the way out. */
export interface TableProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

interface Entry {
  readonly method: string;
  readonly path: string;
  readonly host?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly upstream: string;
  readonly version?: string | undefined;
  readonly to?: string | undefined;
  readonly access: string;
  readonly stream?: true | undefined;
  readonly longPoll?: true | undefined;
  readonly cache?: object | undefined;
}
interface Service {
  readonly urls?: readonly string[] | undefined;
  readonly version: string;
  readonly canary?: { readonly version: string } | undefined;
}
interface Table {
  readonly upstreams: Readonly<Record<string, Service>>;
  readonly routes: readonly Entry[];
}
interface Whole extends Entry {
  readonly to: string;
}
type Rule = (entry: Whole, table: Table, known: readonly string[]) => [field: keyof Entry, message: string] | undefined;

const SEGMENT = /^(:[a-z][A-Za-z]*|[A-Za-z0-9_~-][A-Za-z0-9._~-]*)$/;
/** Of every process, for those who run it. */
const INTERNAL = new Set('internal metrics livez readyz startupz healthz configz failpoints jwks.json'.split(' '));

/** Without `to` the public path, `/api` aside. */
export const pathAtService = ({ path, to }: { path: string; to?: string | undefined }): string =>
  to ?? path.replace(/^\/api(?=\/)/, '');

const segmentsOf = (path: string): string[] => path.split('/').slice(1);
const isPath = (path: string): boolean => path.startsWith('/') && segmentsOf(path).every((one) => SEGMENT.test(one));
const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
const paramsOf = (path: string): string[] => segmentsOf(path).filter((one) => one.startsWith(':'));

const RULES: readonly Rule[] = [
  ({ path }) =>
    isPath(path) && isBelow(path, '/api') && path !== '/api'
      ? undefined
      : [
          'path',
          'a public path is /api/… of plain segments and :names; write it without empty, dotted or encoded ones',
        ],
  ({ to }) => (isPath(to) ? undefined : ['to', 'a path at a service is plain segments and :names, e.g. /products/:id']),
  ({ to }) =>
    segmentsOf(to)[0]?.startsWith(':')
      ? ['to', 'begins with what the caller writes, and so leads anywhere; begin it with a name']
      : undefined,
  ({ to }) =>
    INTERNAL.has((segmentsOf(to)[0] ?? '').toLowerCase())
      ? ['to', `${to} is internal to its service and has no public address; choose another path, or take the entry out`]
      : undefined,
  ({ path, to, access }) =>
    [isBelow(path, '/api/admin'), /^\/admin(\/|$)/i.test(to), access === 'admin'].every(
      (one, _, [first]) => one === first,
    )
      ? undefined
      : [
          'access',
          'addresses of admins are /api/admin/… here, /admin/… at the service and access: admin; say all three or none',
        ],
  ({ path }) =>
    new Set(paramsOf(path)).size < paramsOf(path).length
      ? ['path', 'has the same :name twice; give each segment a name of its own']
      : undefined,
  ({ path, to }) => {
    const unknown = paramsOf(to).find((one) => !paramsOf(path).includes(one));
    return unknown === undefined
      ? undefined
      : ['to', `${unknown} is not in ${path}; name one of its segments so, or write it out`];
  },
  ({ upstream }, { upstreams }, known) =>
    known.includes(upstream) || Object.hasOwn(upstreams, upstream)
      ? undefined
      : [
          'upstream',
          `there is no ${upstream}; take one of ${[...known, ...Object.keys(upstreams)].join(', ')}, or add it to upstreams`,
        ],
  ({ upstream, version }, { upstreams }) => {
    const { version: stable = 'stable', canary } = upstreams[upstream] ?? {};
    const there = [stable, ...(canary ? [canary.version] : [])];
    return version === undefined || there.includes(version)
      ? undefined
      : ['version', `${upstream} has no version ${version}; it has ${there.join(', ')}`];
  },
  ({ headers = {} }) =>
    Object.keys(headers).some((name) => !/^[a-z0-9-]+$/.test(name))
      ? ['headers', 'headers are written in lower case here, e.g. x-api-version']
      : undefined,
  ({ method, stream }) => (stream && method !== 'GET' ? ['stream', 'only a GET streams; take it out'] : undefined),
  ({ method, longPoll }) =>
    longPoll && method !== 'GET' ? ['longPoll', 'only a GET waits for something to happen; take it out'] : undefined,
  ({ method, stream, access, cache }) =>
    cache && (method !== 'GET' || stream || access !== 'anonymous')
      ? ['cache', 'only what GET tells everybody alike can be kept for others; take it out']
      : undefined,
];

export function checkTable(table: Table, known: readonly string[]): TableProblem[] {
  return [...serviceProblems(table, known), ...entryProblems(table, known), ...duplicates(table)];
}

function entryProblems(table: Table, known: readonly string[]): TableProblem[] {
  return table.routes.flatMap((entry, index) => {
    const whole = { ...entry, to: pathAtService(entry) };
    const found = RULES.map((rule) => rule(whole, table, known)).find((problem) => problem !== undefined);
    return found ? [{ path: ['routes', index, found[0]], message: `${titleOf(entry)}: ${found[1]}` }] : [];
  });
}

function serviceProblems({ upstreams }: Table, known: readonly string[]): TableProblem[] {
  return Object.entries(upstreams).flatMap(([name, { urls, version, canary }]) => {
    const at = (message: string, ...field: string[]) => ({ path: ['upstreams', name, ...field], message });
    if (urls === undefined && !known.includes(name))
      return [at(`the environment does not say where ${name} is; give it urls`)];
    if (canary?.version === version)
      return [at(`is the version that it is to replace; give it another name`, 'canary', 'version')];
    return [];
  });
}

function duplicates({ routes }: Table): TableProblem[] {
  const first = new Map<string, number>();
  return routes.flatMap((entry, index) => {
    const key = keyOf(entry);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, index);
    const message = `${titleOf(entry)}: is the same request as routes.${earlier}; take one of them out`;
    return earlier === undefined ? [] : [{ path: ['routes', index], message }];
  });
}

/** What it is asked for by: the names of its parameters aside. */
function keyOf({ method, path, host, headers = {} }: Entry): string {
  const conditions = Object.entries(headers).sort();
  return JSON.stringify([method, path.replaceAll(/:\w+/g, ':'), host, conditions]);
}

const titleOf = ({ method, path }: Entry): string => `${method} ${path}`;
