import type { Route } from './routes.js';

export type Match =
  | { readonly kind: 'found'; readonly route: Route; readonly path: string }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown' };

/**
 * Finds the route of a public path (no query) and builds the path at the service. Segments travel undecoded. HEAD takes the
 * route of GET, except to a stream, which has no end to wait for.
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  const given = path.split('/');
  const samePath = (patternsOf(routes).get(given.length) ?? []).flatMap(({ route, segments }) => {
    const values = capture(segments, given);
    return values === undefined ? [] : [{ route, values }];
  });
  const found = samePath.find(({ route }) => methodsOf(route).includes(method));
  if (found !== undefined) return { kind: 'found', route: found.route, path: fill(found.route.to, found.values) };
  if (samePath.length > 0) return { kind: 'wrong-method', allowed: samePath.flatMap(({ route }) => methodsOf(route)) };
  return { kind: 'unknown' };
}

const methodsOf = ({ method, isStream }: Route): readonly string[] =>
  method === 'GET' && !isStream ? ['GET', 'HEAD'] : [method];

interface Pattern {
  readonly route: Route;
  readonly segments: readonly string[];
}

/** By number of segments. The table is the same for every request; taking it apart each time took four times as long as all of this. */
const known = new WeakMap<readonly Route[], ReadonlyMap<number, readonly Pattern[]>>();

function patternsOf(routes: readonly Route[]): ReadonlyMap<number, readonly Pattern[]> {
  const patterns =
    known.get(routes) ??
    Map.groupBy(
      routes.map((route) => ({ route, segments: route.path.split('/') })),
      ({ segments }) => segments.length,
    );
  known.set(routes, patterns);
  return patterns;
}

function capture(expected: readonly string[], given: readonly string[]): Map<string, string> | undefined {
  const values = new Map<string, string>();
  for (const [index, segment] of expected.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith(':') && value !== '') values.set(segment, value);
    else if (segment !== value) return undefined;
  }
  return values;
}

const fill = (pattern: string, values: ReadonlyMap<string, string>): string =>
  pattern
    .split('/')
    .map((segment) => values.get(segment) ?? segment)
    .join('/');
