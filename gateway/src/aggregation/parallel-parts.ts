import type { MissingPart } from '@souk/contracts';
import type { Upstreams } from '../routing/upstreams.js';
import type { Load } from '../throttling/overload/admission.js';
import type { LastGood } from './last-good.js';
import type { PageMetrics, PartOutcome } from './page-metrics.js';
import { getPart } from './part-calls.js';
import { type PageParts, type Part, type PartCall, Parts, reasonOf } from './parts.js';

const REQUIRED_MS = 3_000;
const OPTIONAL_MS = 300;

export interface ParallelPartsOptions {
  readonly upstreams: Pick<Upstreams, 'of'>;
  readonly metrics: Pick<PageMetrics, 'part' | 'aged'>;
  readonly lastGood: LastGood;
  readonly load: Pick<Load, 'essentialOnly'>;
  readonly settings: { readonly value: { readonly fallbackSeconds: number } };
}

/**
 * Pattern: Gateway Aggregation. Gets the parts of pages from the services, all at the same time, each with its own deadline. An optional one
 * that fails, or is not asked for under load, is what it last was, if that is not too old; a required one never is.
 */
export class ParallelParts extends Parts implements PageParts {
  readonly #options: ParallelPartsOptions;

  constructor(options: ParallelPartsOptions) {
    super();
    this.#options = options;
  }

  forPage(): PageParts {
    return this;
  }

  required<T>(name: string, call: PartCall<T>): Promise<T> {
    return this.#counted(name, call, REQUIRED_MS, unkept);
  }

  async optional<T>(name: MissingPart['part'], call: PartCall<T>): Promise<Part<T>> {
    if (this.#options.load.essentialOnly) {
      this.#options.metrics.part(name, 'overload', 0);
      return this.#fallback(name, call, 'overload');
    }
    const { lastGood } = this.#options;
    const keep: Keep<T> = call.isPersonal ? unkept : (value, bytes) => lastGood.remember(keyOf(call), value, bytes);
    try {
      return { value: await this.#counted(name, call, OPTIONAL_MS, keep), missing: [], aged: [] };
    } catch (error) {
      return this.#fallback(name, call, reasonOf(error));
    }
  }

  async #counted<T>(name: string, call: PartCall<T>, timeoutMs: number, keep: Keep<T>): Promise<T> {
    const { upstreams, metrics } = this.#options;
    const started = performance.now();
    let outcome: PartOutcome = 'ok';
    try {
      const { value, bytes } = await getPart(upstreams, call, timeoutMs);
      keep(value, bytes);
      return value;
    } catch (error) {
      outcome = reasonOf(error);
      throw error;
    } finally {
      metrics.part(name, outcome, performance.now() - started);
    }
  }

  #fallback<T>(part: MissingPart['part'], call: PartCall<T>, reason: MissingPart['reason']): Part<T> {
    const { lastGood, settings, metrics } = this.#options;
    const missing: Part<T> = { value: null, missing: [{ part, reason }], aged: [] };
    if (call.isPersonal) return missing;
    // Its service says that there is none: what once was is no answer.
    if (reason === 'unknown') {
      lastGood.forget(keyOf(call));
      return missing;
    }
    const found = lastGood.find<T>(keyOf(call), settings.value.fallbackSeconds * 1_000);
    if (found === undefined) return missing;
    metrics.aged(part);
    return { value: found.value, missing: [], aged: [{ part, reason, ageSeconds: Math.floor(found.ageMs / 1_000) }] };
  }
}

/** Takes what a part was, for when it fails. */
type Keep<T> = (value: T, bytes: number) => void;
/** Of a required part, or of one that is somebody's own. */
const unkept = (): void => undefined;

const keyOf = ({ upstream, path }: PartCall<unknown>): string => `${upstream} ${path}`;
