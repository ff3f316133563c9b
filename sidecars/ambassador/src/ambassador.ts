import type { Logger } from '@souk/observability';
import type { Resilient } from '@souk/resilience';
import type { Caller } from './caller.js';
import type { UpstreamDefinition } from './definitions.js';
import { Listener } from './listener.js';
import type { Counts, UpstreamState } from './counts.js';

/** Makes the caller for a definition; `previous` is that of the same name, whose policies may live on. */
export type MakeCaller = (definition: UpstreamDefinition, previous: Caller | undefined) => Caller;

interface Upstream {
  readonly definition: UpstreamDefinition;
  readonly caller: Caller;
}

/** The listeners and upstreams of this process, and how they change while requests are under way. */
export class Ambassador {
  readonly #listeners = new Map<string, Listener>();
  readonly #closing = new Set<Promise<unknown>>();
  #upstreams = new Map<string, Upstream>();

  constructor(
    private readonly makeCaller: MakeCaller,
    private readonly counts: Counts,
    private readonly logger: Logger,
  ) {}

  /**
   * Puts definitions to use: new ports first, then the switch, then what is old ends when its requests have.
   * @throws when a port cannot be opened; everything is as before then
   */
  async apply(definitions: readonly UpstreamDefinition[]): Promise<void> {
    const next = new Map(definitions.map((definition) => [definition.name, this.#upstreamOf(definition)]));
    const opened = await this.#open(next).catch((error: unknown) => {
      this.#retire(next, this.#upstreams);
      throw error;
    });
    const before = this.#upstreams;
    this.#upstreams = next;
    for (const [address, listener] of opened) this.#listeners.set(address, listener);
    const targets = new Map([...next.values()].map(({ definition, caller }) => [definition.settings.listen, caller]));
    const closing: Promise<void>[] = [];
    for (const [address, listener] of this.#listeners) {
      const target = targets.get(address);
      if (target === undefined) closing.push(this.#closeListener(address, listener));
      else listener.target = target;
    }
    // Not before: a request that still arrives at an old port is for the old upstream.
    this.#retire(before, next, Promise.all(closing));
    this.counts.generation += 1;
  }

  states(): UpstreamState[] {
    return [...this.#upstreams.values()].map(({ caller }) => ({ name: caller.name, circuit: caller.circuit() }));
  }

  /** Of the upstreams that have one, by name. */
  policies(): Map<string, Resilient> {
    return new Map(
      [...this.#upstreams].flatMap(([name, { caller }]) =>
        caller.policy === undefined ? [] : [[name, caller.policy]],
      ),
    );
  }

  /** The port that an upstream has been given; for `listen: host:0`. */
  portOf(name: string): number | undefined {
    const upstream = this.#upstreams.get(name);
    return upstream && this.#listeners.get(upstream.definition.settings.listen)?.port;
  }

  /** Resolves when every request under way is answered. */
  async close(): Promise<void> {
    for (const [address, listener] of this.#listeners) void this.#closeListener(address, listener);
    await Promise.allSettled(this.#closing);
    this.#retire(this.#upstreams, new Map());
    await Promise.allSettled(this.#closing);
  }

  #upstreamOf(definition: UpstreamDefinition): Upstream {
    const previous = this.#upstreams.get(definition.name);
    if (previous !== undefined && isSame(previous.definition, definition)) return previous;
    return {
      definition,
      caller: this.makeCaller(definition, keepsPolicy(previous, definition) ? previous?.caller : undefined),
    };
  }

  async #open(next: ReadonlyMap<string, Upstream>): Promise<Map<string, Listener>> {
    const opened = new Map<string, Listener>();
    const { counts, logger } = this;
    try {
      for (const { definition, caller } of next.values()) {
        const { listen } = definition.settings;
        if (!this.#listeners.has(listen)) opened.set(listen, await Listener.open(listen, caller, { counts, logger }));
      }
    } catch (error) {
      await Promise.all([...opened.values()].map((listener) => listener.close()));
      throw error;
    }
    return opened;
  }

  /** Closes the callers of `all` that `kept` does not use, when `over` has ended. */
  #retire(
    all: ReadonlyMap<string, Upstream>,
    kept: ReadonlyMap<string, Upstream>,
    over: Promise<unknown> = Promise.resolve(),
  ): void {
    for (const [name, { caller }] of all) {
      if (kept.get(name)?.caller !== caller) void this.#remember(over.then(() => caller.close()));
    }
  }

  #closeListener(address: string, listener: Listener): Promise<void> {
    this.#listeners.delete(address);
    return this.#remember(listener.close());
  }

  /** Never rejects. */
  #remember(closing: Promise<unknown>): Promise<void> {
    const done: Promise<void> = closing
      .then(
        () => undefined,
        (err: unknown) => this.logger.warn({ err }, 'closing failed'),
      )
      .finally(() => this.#closing.delete(done));
    this.#closing.add(done);
    return done;
  }
}

const isSame = (one: UpstreamDefinition, other: UpstreamDefinition): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Same policies and same address: only certificates or headers changed, and what is known of the upstream stays true. */
const keepsPolicy = (previous: Upstream | undefined, { settings }: UpstreamDefinition): boolean =>
  previous !== undefined && JSON.stringify(previous.definition.settings) === JSON.stringify(settings);
