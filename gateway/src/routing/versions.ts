import type { HttpResponse } from '@souk/http';
import { currentContext } from '@souk/observability';
import { CircuitOpen } from '@souk/resilience';
import type { Judge } from './canary.js';
import { isUnheard } from './instances.js';
import { shareOf } from './share.js';
import { type CriticalClass, isOf } from './critical-class.js';
import type { Upstream, UpstreamCall } from './upstream.js';

export interface VersionCall extends UpstreamCall {
  /** The version that the route names. */
  readonly version?: string | undefined;
  /** Who asks, so that they always meet the same version; asked only while there are two. */
  readonly caller?: () => string;
}

export interface CanaryOptions {
  /** Of the service. */
  readonly name: string;
  readonly version: string;
  readonly upstream: Upstream;
  /** Per cent of the callers, 0 to 100. */
  readonly weight: number;
  readonly judge: Judge;
  readonly now: () => number;
  /** The canary was taken back. */
  readonly onRevert: (canary: Canary) => void;
}

/** The version of a service that some callers try; taken back by itself when it fails them too often, until it is defined anew. */
export class Canary {
  readonly options: CanaryOptions;
  readonly counts = { ok: 0, failed: 0 };
  isReverted = false;

  constructor(options: CanaryOptions) {
    this.options = options;
  }

  isFor({ version, caller }: VersionCall): boolean {
    const { name, weight } = this.options;
    if (version !== undefined) return version === this.options.version;
    if (this.isReverted || weight === 0) return false;
    if (weight === 100) return true;
    // Parts of pages name nobody; they are shared out by request.
    const who = caller?.() ?? currentContext()?.correlationId ?? '';
    return shareOf(`${name}/${this.options.version}:${who}`) < weight;
  }

  async request(call: VersionCall): Promise<HttpResponse> {
    const { version } = call;
    try {
      const answer = await this.options.upstream.request(call);
      this.#saw(answer.status >= 500, version);
      return answer;
    } catch (error) {
      // Who left says nothing about the version.
      if (!call.signal?.aborted) this.#saw(true, version);
      throw error;
    }
  }

  #saw(hasFailed: boolean, version: string | undefined): void {
    this.counts[hasFailed ? 'failed' : 'ok'] += 1;
    // Who asked for this version by name gets it, come what may.
    if (version !== undefined || this.isReverted) return;
    const { judge, now, onRevert } = this.options;
    if (!judge.condemns(hasFailed, now())) return;
    this.isReverted = true;
    onRevert(this);
  }
}

/** A service as routes name it: one version of it, or two that share its callers. */
export class Versions {
  readonly #stable: Upstream;
  readonly #canary: Canary | undefined;
  readonly #critical: CriticalClass | undefined;

  constructor(stable: Upstream, canary?: Canary, critical?: CriticalClass) {
    this.#stable = stable;
    this.#canary = canary;
    this.#critical = critical;
  }

  /** Whether callers who ask for no version meet different ones: what one of them was answered is not for the other. */
  get isDivided(): boolean {
    const canary = this.#canary;
    return canary !== undefined && !canary.isReverted && canary.options.weight > 0 && canary.options.weight < 100;
  }

  /** Whether a call goes to instances that are not for everybody: it must not wait for an answer that others have asked for. */
  isCritical(call: VersionCall): boolean {
    return this.#critical !== undefined && call.version === undefined && isOf(this.#critical, call);
  }

  async request(call: VersionCall): Promise<HttpResponse> {
    if (this.#critical !== undefined && this.isCritical(call)) return this.#criticalFirst(this.#critical, call);
    if (!this.#canary?.isFor(call)) return this.#stable.request(call);
    try {
      return await this.#canary.request(call);
    } catch (error) {
      // It counts against the canary; but who never got through to it need not suffer for that.
      if (call.version !== undefined || !wasUnheard(error)) throw error;
      return this.#stable.request(call);
    }
  }

  /** The instances of the others are better than none; theirs are never lent. */
  async #criticalFirst({ upstream }: CriticalClass, call: VersionCall): Promise<HttpResponse> {
    try {
      return await upstream.request(call);
    } catch (error) {
      if (!wasUnheard(error)) throw error;
      return this.#stable.request(call);
    }
  }
}

const wasUnheard = (error: unknown): boolean =>
  error instanceof CircuitOpen || isUnheard(error) || (error instanceof Error && isUnheard(error.cause));
