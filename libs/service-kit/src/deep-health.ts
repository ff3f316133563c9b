import type { DependencyStatus, HealthRegistry } from './health-registry.js';

export interface DeepReport {
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly dependencies: Readonly<Record<string, DependencyStatus>>;
}

/** Where the deep check gets what it tells. */
export abstract class DeepHealth {
  abstract report(): Promise<DeepReport>;
}

export interface RefreshOptions {
  readonly registry: Pick<HealthRegistry, 'askAll'>;
  /** Asked before each pause: it may change at any time. */
  readonly everyMs: () => number;
  /** Epoch ms. */
  readonly now: () => number;
  readonly after: (ms: number, run: () => void) => void;
}

/** Nobody has looked for so many pauses: nobody looks. */
const IDLE_PAUSES = 12;

/**
 * Asks by its own clock and tells what it found: a thousand probes cause no more questions than one. Begins with the first probe,
 * and ends when none comes for a while.
 */
export class RefreshedHealth extends DeepHealth {
  readonly #options: RefreshOptions;
  #found: DeepReport | undefined;
  #underWay: Promise<DeepReport> | undefined;
  #askedAt = 0;

  constructor(options: RefreshOptions) {
    super();
    this.#options = options;
  }

  async report(): Promise<DeepReport> {
    this.#askedAt = this.#options.now();
    return this.#found ?? this.#refresh();
  }

  #refresh(): Promise<DeepReport> {
    this.#underWay ??= this.#ask().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async #ask(): Promise<DeepReport> {
    const { registry, everyMs, now, after } = this.#options;
    const checkedAt = new Date(now()).toISOString();
    const found = { checkedAt, dependencies: await registry.askAll() };
    this.#found = found;
    after(everyMs(), () => this.#next());
    return found;
  }

  #next(): void {
    const { now, everyMs } = this.#options;
    if (now() - this.#askedAt <= everyMs() * IDLE_PAUSES) void this.#refresh();
    else this.#found = undefined;
  }
}
