import type { ThrottleStore } from './throttle-store.js';

const LONGEST_MS = 3_600_000;
/** Whoever has behaved for so long, after a block, begins anew. */
const FORGOTTEN_AFTER_MS = 3_600_000;
/** Of strikes and blocks that nobody else keeps. */
const MOST_KNOWN = 10_000;

interface Strikes {
  readonly count: number;
  /** When what the last one led to was over, in epoch milliseconds. */
  readonly until: number;
}

interface Block {
  /** Epoch milliseconds. */
  readonly until: number;
  readonly since: number;
  /** The others could not be told of it. */
  readonly isOurs?: boolean;
}

/** For so long is somebody blocked who offends for the nth time: twice as long each time, an hour at most. */
export const blockMs = (firstMs: number, strikes: number): number =>
  Math.min(firstMs * 2 ** Math.max(0, strikes - 1), LONGEST_MS);

/** Who asked for so much more than allowed that nothing is allowed any more for a while; shared with the other replicas. */
export class Blocks {
  #blocks = new Map<string, Block>();
  readonly #strikes = new Map<string, Strikes>();
  readonly #store: ThrottleStore | undefined;

  constructor(store?: ThrottleStore) {
    this.#store = store;
  }

  /** Until when, in epoch milliseconds; undefined for those who may ask. */
  until(key: string, now: number): number | undefined {
    if (this.#blocks.size === 0) return undefined;
    const until = this.#blocks.get(key)?.until;
    return until !== undefined && until > now ? until : undefined;
  }

  /** Blocks at once what is known here; how often it has happened elsewhere makes it longer. Never rejects. */
  async strike(key: string, now: number, firstMs: number): Promise<void> {
    const { count: own, until: mine } = this.#count(key, now, firstMs);
    remember(this.#blocks, key, { until: mine, since: now });
    try {
      const strikes = (await this.#store?.strike(key)) ?? own;
      const until = Math.max(mine, now + blockMs(firstMs, strikes));
      if (this.#blocks.has(key)) remember(this.#blocks, key, { until, since: now });
      await this.#store?.block(key, until);
    } catch {
      // Then it is blocked here alone, until the others can be told.
      const block = this.#blocks.get(key);
      if (block !== undefined) this.#blocks.set(key, { ...block, isOurs: true });
    }
  }

  #count(key: string, now: number, firstMs: number): Strikes {
    const before = this.#strikes.get(key);
    const count = before === undefined || now - before.until >= FORGOTTEN_AFTER_MS ? 1 : before.count + 1;
    const strikes = { count, until: now + blockMs(firstMs, count) };
    remember(this.#strikes, key, strikes);
    return strikes;
  }

  /** Takes over what the others know. Never rejects; `now` in epoch milliseconds. */
  async refresh(now: () => number): Promise<void> {
    if (this.#store === undefined || !this.#store.isUp) return;
    const asked = now();
    const shared = await this.#store.blocked().catch(() => undefined);
    if (shared === undefined) return;
    const ours = [...this.#blocks].filter(([key]) => !shared.has(key));
    const fresh = ours.filter(([, { since }]) => since >= asked - 1_000);
    const untold = ours.filter(([, { isOurs, until }]) => isOurs === true && until > asked);
    const told = [...shared].map(([key, until]) => [key, { until, since: this.#blocks.get(key)?.since ?? 0 }] as const);
    this.#blocks = new Map([...told, ...untold, ...fresh]);
    await Promise.all(untold.map(([key, { until }]) => this.#store?.block(key, until))).catch(() => undefined);
  }

  /** False if it was not blocked. @throws when the others cannot be told */
  async unblock(key: string): Promise<boolean> {
    const here = this.#blocks.delete(key);
    this.#strikes.delete(key);
    const elsewhere = await this.#store?.unblock(key);
    return here || elsewhere === true;
  }

  list(now: number): { caller: string; until: number }[] {
    return [...this.#blocks].flatMap(([caller, { until }]) => (until > now ? [{ caller, until }] : []));
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  if (map.size >= MOST_KNOWN) map.delete(map.keys().next().value ?? '');
  map.set(key, value);
}
