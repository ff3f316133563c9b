/** Sums by product number with who contributed most, in flat arrays that are used again: an answer leaves next to no garbage. */
export class Scores {
  #sum = new Float64Array(0);
  #most = new Float64Array(0);
  #topContributor = new Int32Array(0);
  readonly #touched: number[] = [];

  /** Forgets everything and takes products up to `size` - 1. */
  reset(size: number): void {
    for (const number of this.#touched) this.#sum[number] = 0;
    this.#touched.length = 0;
    if (size <= this.#sum.length) return;
    const capacity = Math.max(256, size * 2);
    this.#sum = new Float64Array(capacity);
    this.#most = new Float64Array(capacity);
    this.#topContributor = new Int32Array(capacity);
  }

  /** `part` is above zero. */
  add(number: number, part: number, contributor: number): void {
    const before = this.#sum[number] ?? 0;
    if (before === 0) this.#touched.push(number);
    if (before === 0 || part > (this.#most[number] ?? 0)) {
      this.#most[number] = part;
      this.#topContributor[number] = contributor;
    }
    this.#sum[number] = before + part;
  }

  of(number: number): number {
    return this.#sum[number] ?? 0;
  }

  topContributor(number: number): number {
    return this.#topContributor[number] ?? 0;
  }

  /** The `limit` numbers with the highest sums among those that are wanted, highest first. */
  best(limit: number, wanted: (number: number) => boolean): number[] {
    const chosen: number[] = [];
    for (const number of this.#touched) {
      const score = this.of(number);
      if (chosen.length === limit && score <= this.of(chosen.at(-1) ?? 0)) continue;
      if (!wanted(number)) continue;
      const place = chosen.findIndex((other) => this.of(other) < score);
      chosen.splice(place < 0 ? chosen.length : place, 0, number);
      if (chosen.length > limit) chosen.pop();
    }
    return chosen;
  }
}
