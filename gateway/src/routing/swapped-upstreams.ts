import { CRITICAL, defaultUpstream, knownUpstreams, type UpstreamSettings } from '@souk/contracts';
import type { Policies } from '../resilience/policies.js';
import type { Judge, RevertRule } from './canary.js';
import type { RouteTable, UpstreamName } from './routes.js';
import { CompiledTable } from './table.js';
import { Upstream } from './upstream.js';
import type { OpenVersion, Upstreams, UpstreamUrls } from './upstreams.js';
import { Canary, Versions } from './versions.js';

export interface UpstreamsOptions {
  readonly urls: UpstreamUrls;
  readonly policies: Policies;
  readonly judge: (rule: RevertRule) => Judge;
  readonly onRevert: (canary: Canary) => void;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** A version with its connections, and how many tables lead to it. */
interface Held {
  readonly upstream: Upstream;
  tables: number;
}

interface InForce {
  readonly compiled: CompiledTable;
  readonly open: readonly OpenVersion[];
}

/**
 * Pattern: Gateway Routing. A table is made ready beside the one in force and takes its place between two requests. Those that
 * began with the old one end with it; what both lead to keeps its connections and its circuit, what nobody leads to any more is closed
 * after its last answer.
 */
export class SwappedUpstreams implements Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #held = new Map<string, Held>();
  readonly #closing = new Set<Promise<void>>();
  #canaries = new Map<string, Canary>();
  #draining = 0;
  #inForce: InForce;

  constructor(table: RouteTable, options: UpstreamsOptions) {
    this.#options = options;
    this.#inForce = this.#prepare(table);
  }

  get table(): CompiledTable {
    return this.#inForce.compiled;
  }

  get open(): readonly OpenVersion[] {
    return this.#inForce.open;
  }

  get draining(): number {
    return this.#draining;
  }

  of(name: UpstreamName): Versions {
    return this.table.of(name);
  }

  apply(table: RouteTable): void {
    const next = this.#prepare(table);
    const before = this.#inForce.compiled;
    this.#inForce = next;
    this.#draining += 1;
    before.retire();
  }

  async onApplicationShutdown(): Promise<void> {
    this.table.retire();
    await Promise.all(this.#closing);
  }

  #prepare(table: RouteTable): InForce {
    const known = this.#canaries;
    this.#canaries = new Map();
    const names = new Set([...knownUpstreams, ...Object.keys(table.upstreams)]);
    const services = [...names].map((name) => this.#openService(name, table.upstreams[name] ?? defaultUpstream, known));
    const versions = new Map(services.map(({ name, versions: one }) => [name, one]));
    const keys = services.flatMap((one) => one.keys);
    const origins = new Set(services.flatMap((one) => one.urls).map((url) => new URL(url).origin));
    const compiled: CompiledTable = new CompiledTable(table, versions, origins, () => this.#release(compiled, keys));
    return { compiled, open: services.flatMap((one) => one.open) };
  }

  #openService(name: string, settings: UpstreamSettings, known: ReadonlyMap<string, Canary>) {
    const { version, outlier } = settings;
    const urls = settings.urls ?? this.#options.urls[name as UpstreamName];
    const stable = this.#hold(name, urls, outlier);
    const open: OpenVersion[] = [{ name, version, upstream: stable.upstream, canary: undefined }];
    const second = settings.canary && this.#hold(`${name} ${settings.canary.version}`, settings.canary.urls, outlier);
    const canary = settings.canary && second && this.#canaryOf(name, settings.canary, second.upstream, known);
    if (second && canary) open.push({ name, version: canary.options.version, upstream: second.upstream, canary });
    const own = settings.critical && this.#hold(`${name} ${CRITICAL}`, settings.critical.urls, outlier);
    const critical = settings.critical && own && { upstream: own.upstream, roles: settings.critical.roles };
    if (own) open.push({ name, version: CRITICAL, upstream: own.upstream, canary: undefined });
    return {
      name,
      urls: [...urls, ...(settings.canary?.urls ?? []), ...(settings.critical?.urls ?? [])],
      keys: [stable, second, own].flatMap((one) => one?.key ?? []),
      open,
      versions: new Versions(stable.upstream, canary, critical),
    };
  }

  /** One that did not change stays reverted, if it is; any other is tried anew. */
  #canaryOf(
    name: string,
    settings: NonNullable<UpstreamSettings['canary']>,
    upstream: Upstream,
    known: ReadonlyMap<string, Canary>,
  ): Canary {
    const key = JSON.stringify([name, settings]);
    const { judge, onRevert, now } = this.#options;
    const { version, weight, revert } = settings;
    const before = known.get(key);
    const canary =
      before?.options.upstream === upstream
        ? before
        : new Canary({ name, version, weight, upstream, judge: judge(revert), onRevert, now });
    this.#canaries.set(key, canary);
    return canary;
  }

  #hold(name: string, urls: readonly string[], outlier: UpstreamSettings['outlier']) {
    const key = JSON.stringify([name, urls, outlier]);
    const { policies, now } = this.#options;
    const held = this.#held.get(key) ?? { upstream: new Upstream(name, { urls, outlier, policies, now }), tables: 0 };
    held.tables += 1;
    this.#held.set(key, held);
    return { key, upstream: held.upstream };
  }

  #release(compiled: CompiledTable, keys: readonly string[]): void {
    if (compiled !== this.table) this.#draining -= 1;
    for (const key of keys) {
      const held = this.#held.get(key);
      if (held === undefined) continue;
      held.tables -= 1;
      if (held.tables > 0) continue;
      this.#held.delete(key);
      const closing = held.upstream.close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }
}
