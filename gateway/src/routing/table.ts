import type { IncomingHttpHeaders } from 'node:http';
import { type Match, RouteMatcher } from './route-matcher.js';
import type { RouteTable } from './routes.js';
import type { Versions } from './versions.js';

/** What a request needs of a route table, from its first look at it until its answer is complete. */
export interface Table {
  /** Whoever begins with this table may go on with it until `leave`, whatever is in force by then. */
  enter(): void;
  leave(): void;
  match(method: string, path: string, headers?: IncomingHttpHeaders): Match;
  /** @throws when the table knows no such service */
  of(upstream: string): Versions;
  /** Whether an origin is that of a service. */
  isOurs(origin: string): boolean;
}

/** Keeps what the table leads to open until the work is done. */
export async function withTable<T>(table: Table, work: (table: Table) => Promise<T>): Promise<T> {
  table.enter();
  try {
    return await work(table);
  } finally {
    table.leave();
  }
}

/** A route table, made ready once: a request only looks things up. Never changed; another one takes its place. */
export class CompiledTable implements Table {
  readonly #matcher: RouteMatcher;
  readonly #versions: ReadonlyMap<string, Versions>;
  readonly #origins: ReadonlySet<string>;
  readonly #onUnused: () => void;
  #users = 0;
  #isRetired = false;

  /** `onUnused` is called once, when the table is retired and the last request that began with it is done. */
  constructor(
    { routes }: RouteTable,
    versions: ReadonlyMap<string, Versions>,
    origins: ReadonlySet<string>,
    onUnused: () => void,
  ) {
    this.#matcher = new RouteMatcher(routes);
    this.#versions = versions;
    this.#origins = origins;
    this.#onUnused = onUnused;
  }

  enter(): void {
    this.#users += 1;
  }

  leave(): void {
    this.#users -= 1;
    if (this.#isRetired && this.#users === 0) this.#onUnused();
  }

  retire(): void {
    this.#isRetired = true;
    if (this.#users === 0) this.#onUnused();
  }

  match(method: string, path: string, headers?: IncomingHttpHeaders): Match {
    return this.#matcher.match(method, path, headers);
  }

  of(upstream: string): Versions {
    const versions = this.#versions.get(upstream);
    if (versions === undefined) throw new Error(`the route table has no upstream ${upstream}`);
    return versions;
  }

  isOurs(origin: string): boolean {
    return this.#origins.has(origin);
  }
}
