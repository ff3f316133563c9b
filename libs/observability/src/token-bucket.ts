/** Credit is kept in thousandths, so that whole milliseconds and whole rates stay exact. */
const TOKEN = 1_000;

/**
 * A bucket that is full at first: in any t seconds at most `burst + perSecond · t` tokens are taken from it. It holds back
 * traces, as Jaeger's rate limiting sampler does (jaegertracing.io, Sampling: `sampler.type=ratelimiting`, a leaky bucket).
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #full: number;
  #credit: number;
  #at: number;

  /** `nowMs`, here and below: any clock that does not go back. */
  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }, nowMs: number) {
    this.#perSecond = perSecond;
    this.#full = burst * TOKEN;
    this.#credit = this.#full;
    this.#at = nowMs;
  }

  take(nowMs: number): boolean {
    if (nowMs > this.#at) {
      this.#credit = Math.min(this.#full, this.#credit + (nowMs - this.#at) * this.#perSecond);
      this.#at = nowMs;
    }
    if (this.#credit < TOKEN) return false;
    this.#credit -= TOKEN;
    return true;
  }
}
