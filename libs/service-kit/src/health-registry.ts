import { type Ask, askWithin, type CheckResult, type DependencyCheck, oneAtATime } from './dependency-check.js';

export interface HealthReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/** What the process stands on. Without a core dependency it cannot do its work; without another one it does it less well. */
export interface Dependency {
  readonly name: string;
  readonly core: boolean;
  /** Whether it decides about readiness; what is behind a process that answers for it does not. */
  readonly isNeeded: boolean;
  readonly check: DependencyCheck;
}

export interface DependencyStatus extends CheckResult {
  readonly core: boolean;
}

export interface HealthOptions {
  readonly ask?: Ask;
  /** How long an answer stands for others, in ms. */
  readonly keepMs?: number;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
}

/** Below the patience of any prober: they run side by side, so the whole takes no longer. */
export const CHECK_TIMEOUT_MS = 2_000;
const KEEP_MS = 1_000;

/**
 * Pattern: Health Endpoint Monitoring. Modules register what they cannot work without, and what they can; a check resolves when that
 * works. Readiness is cached for a second, so that probing cannot become load.
 */
export class HealthRegistry {
  readonly #dependencies = new Map<string, Dependency>();
  readonly #ask: Ask;
  readonly #keepMs: number;
  readonly #now: () => number;
  readonly #last = new Map<string, { readonly at: number; readonly status: DependencyStatus }>();
  #cached: { at: number; report: Promise<HealthReport> } | undefined;

  constructor({
    ask = askWithin(CHECK_TIMEOUT_MS),
    keepMs = KEEP_MS,
    now = () => performance.now(),
  }: HealthOptions = {}) {
    this.#ask = ask;
    this.#keepMs = keepMs;
    this.#now = now;
  }

  /** Something without which this process is not ready. */
  addReadiness(name: string, check: DependencyCheck): void {
    this.#add({ name, core: true, isNeeded: true, check: oneAtATime(check) });
    this.#cached = undefined;
  }

  /** Something without which the shop is none, and this process ready all the same: another one in its place would fare no better. */
  addCore(name: string, check: DependencyCheck): void {
    this.#add({ name, core: true, isNeeded: false, check: oneAtATime(check) });
  }

  /** Something whose absence is worth knowing and takes nobody out of rotation: the deep check alone asks for it. */
  addLowPriority(name: string, check: DependencyCheck): void {
    this.#add({ name, core: false, isNeeded: false, check: oneAtATime(check) });
  }

  report(now = this.#now()): Promise<HealthReport> {
    if (this.#cached === undefined || now - this.#cached.at >= this.#keepMs)
      this.#cached = { at: now, report: this.#readiness() };
    return this.#cached.report;
  }

  /** Asks all of them now, at the same time. */
  async askAll(): Promise<Readonly<Record<string, DependencyStatus>>> {
    return this.#askThose([...this.#dependencies.values()]);
  }

  /** What each said when it was last asked, where that is no longer ago than `maxAgeMs`. */
  last(maxAgeMs = Number.POSITIVE_INFINITY): Readonly<Record<string, DependencyStatus>> {
    const since = this.#now() - maxAgeMs;
    const known = [...this.#last].filter(([, { at }]) => at >= since);
    return Object.fromEntries(known.map(([name, { status }]) => [name, status]));
  }

  #add(dependency: Dependency): void {
    this.#dependencies.set(dependency.name, dependency);
  }

  async #readiness(): Promise<HealthReport> {
    const found = await this.#askThose([...this.#dependencies.values()].filter(({ isNeeded }) => isNeeded));
    const checks = Object.fromEntries(Object.entries(found).map(([name, { core: _core, ...check }]) => [name, check]));
    return { ready: Object.values(found).every(({ ok }) => ok), checks };
  }

  async #askThose(those: readonly Dependency[]): Promise<Record<string, DependencyStatus>> {
    const found = await Promise.all(
      those.map(async ({ name, core, check }) => [name, { core, ...(await this.#ask(check)) }] as const),
    );
    const at = this.#now();
    for (const [name, status] of found) this.#last.set(name, { at, status });
    return Object.fromEntries(found);
  }
}
