/** A wake-up that is never lost: a notify() before wait() ends that wait at once. */
export class Signal {
  #pending = false;
  #wake: (() => void) | undefined;

  notify(): void {
    this.#pending = true;
    this.#wake?.();
  }

  /** Whoever looks by itself now need not be told of what was notified so far. */
  clear(): void {
    this.#pending = false;
  }

  /** Resolves at the next notify(), at once if one came since the last wait, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#pending) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#pending = false;
  }
}
