/** The orders that the consumer's open transaction has changed, until it has committed. The host runs one at a time. */
export class ChangedOrders {
  #ids: string[] = [];

  add(ids: readonly string[]): void {
    this.#ids.push(...ids);
  }

  take(): string[] {
    const ids = this.#ids;
    this.#ids = [];
    return ids;
  }
}
