import type { IncomingHttpHeaders } from 'node:http';
import type { Route } from './routes.js';

export type Match =
  | {
      readonly kind: 'found';
      readonly route: Route;
      /** At the service, without query. */
      readonly path: string;
      /** Request headers by which routes of this address are told apart, in lower case. */
      readonly chosenBy: readonly string[];
    }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown' };

/** One route, made ready: nothing about it is worked out again for a request. */
interface Entry {
  readonly route: Route;
  readonly methods: readonly string[];
  readonly conditions: readonly Condition[];
  /** The path at the service: text, and numbers of values that the public path gives. */
  readonly to: readonly (string | number)[];
}
type Condition = (headers: IncomingHttpHeaders) => boolean;

class Node {
  readonly literals = new Map<string, Node>();
  param: Node | undefined;
  readonly entries: Entry[] = [];
  chosenBy: readonly string[] = [];
}

interface Wanted {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly values: string[];
  readonly allowed: Set<string>;
}

/**
 * Finds the route of a public path (no query) and builds the path at the service. Segments travel undecoded. A name goes before
 * a parameter, a route with more conditions before one with fewer, then the order of the table. HEAD takes the route of GET, except to a
 * stream, which has no end to wait for.
 */
export class RouteMatcher {
  readonly #root = new Node();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route);
  }

  match(method: string, path: string, headers: IncomingHttpHeaders = {}): Match {
    const wanted = { method, headers, values: [], allowed: new Set<string>() };
    const found = search(this.#root, path.split('/'), 1, wanted);
    if (found !== undefined) return found;
    return wanted.allowed.size > 0 ? { kind: 'wrong-method', allowed: [...wanted.allowed] } : { kind: 'unknown' };
  }

  #add(route: Route): void {
    const segments = route.path.split('/').slice(1);
    const node = segments.reduce(childOf, this.#root);
    node.entries.push(entryOf(route, segments));
    node.entries.sort((one, other) => other.conditions.length - one.conditions.length);
    node.chosenBy = [...new Set([...node.chosenBy, ...Object.keys(route.headers ?? {})])];
  }
}

function childOf(node: Node, segment: string): Node {
  if (segment.startsWith(':')) return (node.param ??= new Node());
  const child = node.literals.get(segment) ?? new Node();
  node.literals.set(segment, child);
  return child;
}

function entryOf(route: Route, segments: readonly string[]): Entry {
  const params = segments.filter((one) => one.startsWith(':'));
  const to = route.to.split(/(:\w+)/).map((part) => (part.startsWith(':') ? params.indexOf(part) : part));
  const isReadable = route.method === 'GET' && route.stream === undefined;
  return { route, to, methods: isReadable ? ['GET', 'HEAD'] : [route.method], conditions: conditionsOf(route) };
}

function conditionsOf({ host, headers = {} }: Route): Condition[] {
  const ofHeaders = Object.entries(headers).map(
    ([name, value]): Condition =>
      (given) =>
        given[name] === value,
  );
  return host === undefined ? ofHeaders : [(given) => isHost(host, given.host), ...ofHeaders];
}

/** A host without a port stands for every port of it. */
function isHost(wanted: string, given: string | undefined): boolean {
  const host = given?.toLowerCase();
  return host === wanted || (!wanted.includes(':') && host?.replace(/:\d+$/, '') === wanted);
}

type Found = Extract<Match, { kind: 'found' }>;

function search(node: Node, given: readonly string[], at: number, wanted: Wanted): Found | undefined {
  const segment = given[at];
  if (segment === undefined) return choose(node, wanted);
  const literal = node.literals.get(segment);
  const found = literal && search(literal, given, at + 1, wanted);
  if (found !== undefined || node.param === undefined || segment === '') return found;
  wanted.values.push(segment);
  const byParam = search(node.param, given, at + 1, wanted);
  if (byParam === undefined) wanted.values.pop();
  return byParam;
}

function choose({ entries, chosenBy }: Node, { method, headers, values, allowed }: Wanted): Found | undefined {
  for (const { route, methods, conditions, to } of entries) {
    if (!conditions.every((holds) => holds(headers))) continue;
    if (methods.includes(method)) return { kind: 'found', route, path: fill(to, values), chosenBy };
    for (const one of methods) allowed.add(one);
  }
  return undefined;
}

function fill(to: Entry['to'], values: readonly string[]): string {
  let path = '';
  for (const part of to) path += typeof part === 'number' ? (values[part] ?? '') : part;
  return path;
}
