/** Something to wait for that may change at any time. */
export class Signal {
  #waiting = new Set<() => void>();

  /** Everybody who waits looks again. */
  raise(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Until it is raised, or for `ms`. */
  wait(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(wake, Math.max(1, Math.ceil(ms)));
      this.#waiting.add(wake);
    });
  }
}
