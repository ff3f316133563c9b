/** Whether what a flight brings may still be kept. */
export type IsCurrent = () => boolean;

/** Loads that are under way. */
export abstract class Flights {
  /** Joins the flight of this key, or starts one. Rejects as `work` does, for all who joined. */
  abstract join<T>(key: string, tag: string, work: (isCurrent: IsCurrent) => Promise<T>): Promise<T>;

  /** Who asks from now on must not get what was read before. */
  abstract ground(tag: string): void;

  /** Requests that waited for another's load instead of loading. */
  abstract joined(): number;
}

interface Flight {
  readonly tag: string;
  readonly answer: Promise<unknown>;
}

/** One load of a key at a time in this process, however many ask for it. */
export class SingleFlight extends Flights {
  readonly #flights = new Map<string, Flight>();
  #joined = 0;

  join<T>(key: string, tag: string, work: (isCurrent: IsCurrent) => Promise<T>): Promise<T> {
    const before = this.#flights.get(key);
    if (before !== undefined) {
      this.#joined += 1;
      return before.answer as Promise<T>;
    }
    const isCurrent = (): boolean => this.#flights.get(key) === flight;
    const land = (): void => {
      if (isCurrent()) this.#flights.delete(key);
    };
    // Begins a tick later, when the flight is on the list: work may ask whether it is.
    const answer = Promise.resolve()
      .then(() => work(isCurrent))
      .finally(land);
    const flight: Flight = { tag, answer };
    this.#flights.set(key, flight);
    return answer;
  }

  ground(tag: string): void {
    for (const [key, flight] of this.#flights) if (flight.tag === tag) this.#flights.delete(key);
  }

  joined(): number {
    return this.#joined;
  }
}
