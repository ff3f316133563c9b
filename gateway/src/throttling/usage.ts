export interface Usage {
  readonly caller: string;
  readonly spent: number;
  readonly refused: number;
}

export interface Counter {
  spent: number;
  refused: number;
}

/**
 * Who uses most, in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements
 * in Data Streams", 2005). A newcomer takes the place of the least and inherits its count, so a heavy user is never missed, and a
 * count is too high by at most that of the least.
 */
export class TopUsage {
  readonly #counters = new Map<string, Counter>();
  readonly #max: number;

  constructor(max = 500) {
    this.#max = max;
  }

  add(caller: string, { spent, refused }: Counter): void {
    const counter = this.#counters.get(caller) ?? this.#newcomer(caller);
    counter.spent += spent;
    counter.refused += refused;
  }

  top(count: number): Usage[] {
    return [...this.#counters]
      .map(([caller, counter]) => ({ caller, ...counter }))
      .sort((a, b) => b.spent + b.refused - a.spent - a.refused)
      .slice(0, count);
  }

  #newcomer(caller: string): Counter {
    const counter = this.#counters.size < this.#max ? { spent: 0, refused: 0 } : this.#takeLeast();
    this.#counters.set(caller, counter);
    return counter;
  }

  #takeLeast(): Counter {
    let least: [caller: string, counter: Counter] = ['', { spent: Infinity, refused: 0 }];
    for (const entry of this.#counters) if (total(entry[1]) < total(least[1])) least = entry;
    this.#counters.delete(least[0]);
    return least[1];
  }
}

const total = ({ spent, refused }: Counter): number => spent + refused;
