import type { LimitRules } from './adaptive-limit.js';
import { Lane } from './lane.js';

/** A service of `workers` that take about `serviceMs` each, first come first served. */
export interface Service {
  readonly workers: number;
  readonly serviceMs: number;
}

export interface Second {
  /** Answers in it. */
  readonly goodput: number;
  readonly shed: number;
  readonly p99Ms: number;
}

export const RULES: LimitRules = { floor: 4, ceiling: 1_000, tolerance: 1.5, slackMs: 10 };

/** What comes of so many requests a second, second by second, in simulated time: the same every time. */
export function simulate(
  service: Service,
  rates: readonly number[],
  rules?: LimitRules | 'let everything in',
): Second[] {
  const simulation = new Simulation(service, rules === 'let everything in' ? undefined : (rules ?? RULES));
  return rates.map((rate) => simulation.second(rate));
}

class Simulation {
  readonly #draw = random(42);
  readonly #lane = new Lane('simulated', { value: { shedFloor: RULES.floor, shedCeiling: RULES.ceiling } });
  readonly #rules: LimitRules | undefined;
  readonly #serviceMs: number;
  /** When each of the workers is free. */
  readonly #free: number[];
  #underWay: { ends: number; tookMs: number }[] = [];
  #now = 0;
  #next = 0;
  #steps = 1;
  #taken: number[] = [];
  #shed = 0;

  constructor({ workers, serviceMs }: Service, rules: LimitRules | undefined) {
    this.#serviceMs = serviceMs;
    this.#rules = rules;
    this.#free = Array.from({ length: workers }, () => 0);
  }

  second(rate: number): Second {
    const end = this.#now + 1_000;
    this.#taken = [];
    this.#shed = 0;
    while (this.#now < end) {
      this.#now = Math.min(this.#next, this.#steps * 100, end);
      this.#settle();
      if (this.#now === this.#steps * 100) this.#step();
      if (this.#now === this.#next) this.#arrive(rate);
    }
    const sorted = this.#taken.sort((a, b) => a - b);
    return { goodput: sorted.length, shed: this.#shed, p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0 };
  }

  #settle(): void {
    let done = 0;
    for (const { ends, tookMs } of this.#underWay) {
      if (ends > this.#now) break;
      done += 1;
      this.#taken.push(tookMs);
      this.#lane.leave(tookMs);
    }
    if (done > 0) this.#underWay = this.#underWay.slice(done);
  }

  #step(): void {
    if (this.#rules !== undefined) this.#lane.step(this.#rules);
    this.#steps += 1;
  }

  #arrive(rate: number): void {
    this.#next += -Math.log(1 - this.#draw()) * (1_000 / rate);
    if (this.#rules !== undefined && this.#lane.inFlight >= this.#lane.limit) {
      this.#shed += 1;
      return;
    }
    this.#lane.enter();
    const worker = this.#free.indexOf(Math.min(...this.#free));
    const ends = Math.max(this.#now, this.#free[worker] ?? 0) + this.#serviceMs * (0.8 + 0.4 * this.#draw());
    this.#free[worker] = ends;
    const before = this.#underWay.findLastIndex((other) => other.ends <= ends);
    this.#underWay.splice(before + 1, 0, { ends, tookMs: ends - this.#now });
  }
}

/** Park–Miller. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
