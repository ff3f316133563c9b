import { atMost } from './at-most.js';

/** So long the last commit is waited for: what is not committed is delivered again, and dropped by the inbox. */
export const COMMIT_MS = 2_000;

/** One commit of offsets at a time: of two side by side the older could arrive last. What becomes ready meanwhile goes with the next. */
export class CommitTurn {
  #underWay: Promise<void> | undefined;

  /** `commit` takes what is ready when it is called, and never rejects. */
  constructor(private readonly commit: () => Promise<void>) {}

  /** Begins a commit where none is under way. */
  take(): void {
    this.#underWay ??= this.commit().finally(() => {
      this.#underWay = undefined;
    });
  }

  /** Resolves when everything that was ready is committed, or after `limitMs`: a broker may be away. */
  async finish(limitMs: number): Promise<void> {
    let isOver = false;
    const work = async (): Promise<void> => {
      await this.#underWay;
      if (isOver) return;
      this.take();
      await this.#underWay;
    };
    await atMost(limitMs, work());
    isOver = true;
  }
}
