import type { IncomingHttpHeaders } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { defaultUpstream, knownUpstreams } from '@souk/contracts';
import { type Match, RouteMatcher } from './route-matcher.js';
import type { Route, RouteTable, UpstreamName } from './routes.js';
import type { UpstreamsOptions } from './swapped-upstreams.js';
import type { Table } from './table.js';
import { Upstream } from './upstream.js';
import type { OpenVersion, Upstreams } from './upstreams.js';
import { Canary, Versions } from './versions.js';

/**
 * Variant `routes-in-place`: the one table is changed entry by entry while requests look at it, and connections are closed under
 * those who use them.
 */
export class PatchedUpstreams implements Upstreams, Table {
  readonly table = this;
  readonly draining = 0;
  readonly #options: UpstreamsOptions;
  readonly #routes: Route[] = [];
  readonly #versions = new Map<string, Versions>();
  open: OpenVersion[] = [];

  constructor(table: RouteTable, options: UpstreamsOptions) {
    this.#options = options;
    for (const name of namesIn(table)) this.#openService(name, table);
    this.#routes.push(...table.routes);
  }

  enter(): void {}
  leave(): void {}

  match(method: string, path: string, headers?: IncomingHttpHeaders): Match {
    return new RouteMatcher(this.#routes).match(method, path, headers);
  }

  of(name: string): Versions {
    const versions = this.#versions.get(name);
    if (versions === undefined) throw new Error(`no upstream ${name}`);
    return versions;
  }

  isOurs(): boolean {
    return false;
  }

  apply(table: RouteTable): void {
    void this.#patch(table);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.open.map(({ upstream }) => upstream.close()));
  }

  async #patch(table: RouteTable): Promise<void> {
    const before = this.open;
    this.open = [];
    this.#routes.length = 0;
    for (const { upstream } of before) void upstream.close();
    for (const name of namesIn(table)) this.#openService(name, table);
    for (const route of table.routes) {
      this.#routes.push(route);
      await setImmediate();
    }
  }

  #openService(name: string, { upstreams }: RouteTable): void {
    const { urls, outlier, version, canary } = upstreams[name] ?? defaultUpstream;
    const { now, judge, onRevert, policies } = this.#options;
    const open = (title: string, at: readonly string[]) => new Upstream(title, { urls: at, outlier, policies, now });
    const stable = open(name, urls ?? this.#options.urls[name as UpstreamName]);
    this.open.push({ name, version, upstream: stable, canary: undefined });
    if (canary === undefined) return void this.#versions.set(name, new Versions(stable));
    const upstream = open(`${name} ${canary.version}`, canary.urls);
    const second = new Canary({ ...canary, name, upstream, judge: judge(canary.revert), onRevert, now });
    this.open.push({ name, version: canary.version, upstream, canary: second });
    this.#versions.set(name, new Versions(stable, second));
  }
}

const namesIn = ({ upstreams }: RouteTable) => new Set([...knownUpstreams, ...Object.keys(upstreams)]);
