import type { Places } from '@souk/resilience';

/** Variant `bulkhead-off`: there is room for everybody, until there is no memory for anybody. */
export class BoundlessPlaces implements Places {
  readonly places = Infinity;
  readonly queued = 0;
  #inUse = 0;

  get inUse(): number {
    return this.#inUse;
  }

  tryEnter(): boolean {
    this.#inUse += 1;
    return true;
  }

  async wait(): Promise<void> {}

  leave(): void {
    this.#inUse -= 1;
  }

  dismiss(): void {}
}
