import type { RouteTable, UpstreamName } from './routes.js';
import type { Table } from './table.js';
import type { Upstream } from './upstream.js';
import type { Canary, Versions } from './versions.js';

export type UpstreamUrls = Readonly<Record<UpstreamName, readonly string[]>>;

/** One version of a service that is open to calls. */
export interface OpenVersion {
  /** Of the service. */
  readonly name: string;
  readonly version: string;
  readonly upstream: Upstream;
  /** Where this version is the canary. */
  readonly canary: Canary | undefined;
}

/** The routes in force, and the services behind them. */
export abstract class Upstreams {
  abstract readonly table: Table;
  /** What the table in force leads to. */
  abstract readonly open: readonly OpenVersion[];
  /** Tables that were replaced and still have requests under way. */
  abstract readonly draining: number;
  abstract of(name: UpstreamName): Versions;
  /** Puts another table, which was found good, in the place of this one. */
  abstract apply(table: RouteTable): void;
  abstract onApplicationShutdown(): Promise<void>;
}
