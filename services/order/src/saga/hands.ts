/**
 * What the agent of this process says to those who write the calls: whether a new one is his. While he has more than he can begin, or
 * has stopped, it is born nobody's: any agent takes it up in its turn, oldest first, and nobody has to keep thousands of claims alive.
 */
export class Hands {
  #areFree = true;
  #areSomeLeft = false;

  set areFree(free: boolean) {
    this.#areFree = free;
  }

  /** Whether a call that is written now is the agent's. */
  take(): boolean {
    this.#areSomeLeft ||= !this.#areFree;
    return this.#areFree;
  }

  /** Whether calls were left to nobody since this was asked last. */
  haveLeftSome(): boolean {
    const left = this.#areSomeLeft;
    this.#areSomeLeft = false;
    return left;
  }
}
