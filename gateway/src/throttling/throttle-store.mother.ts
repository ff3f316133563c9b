import { ThrottleStore } from './throttle-store.js';

const STRIKES_ARE_KEPT_MS = 7_200_000;

/** Counts as Valkey does, in memory, with a clock that is set by hand. */
export class MemoryStore extends ThrottleStore {
  isUp = true;
  /** Epoch milliseconds. */
  now = 0;
  calls = 0;
  readonly #strikes = new Map<string, { count: number; at: number }>();
  readonly #spent = new Map<string, { points: number; endsAt: number }>();
  readonly #blocked = new Map<string, number>();

  async spend(key: string, points: number, windowSeconds: number): Promise<{ spent: number; endsInMs: number }> {
    this.#ask();
    const known = this.#spent.get(key);
    const window =
      known !== undefined && known.endsAt > this.now ? known : { points: 0, endsAt: this.now + windowSeconds * 1_000 };
    window.points += points;
    this.#spent.set(key, window);
    return { spent: window.points, endsInMs: window.endsAt - this.now };
  }

  async strike(key: string): Promise<number> {
    this.#ask();
    const known = this.#strikes.get(key);
    const count = known !== undefined && this.now - known.at < STRIKES_ARE_KEPT_MS ? known.count + 1 : 1;
    this.#strikes.set(key, { count, at: this.now });
    return count;
  }

  async block(key: string, until: number): Promise<void> {
    this.#ask();
    this.#blocked.set(key, until);
  }

  async unblock(key: string): Promise<boolean> {
    this.#ask();
    this.#strikes.delete(key);
    return this.#blocked.delete(key);
  }

  async blocked(): Promise<ReadonlyMap<string, number>> {
    this.#ask();
    return new Map([...this.#blocked].filter(([, until]) => until > this.now));
  }

  #ask(): void {
    this.calls += 1;
    if (!this.isUp) throw new Error('away');
  }
}
