import { BulkheadFull, LimitReached } from './faults.js';

export interface BulkheadOptions {
  readonly concurrent: number;
  /** How many may wait for a place; default 0. */
  readonly queue?: number;
}

/** Places for calls under way. */
export interface Places {
  /** How many there are; Infinity without an end. */
  readonly places: number;
  readonly inUse: number;
  readonly queued: number;
  /** Whether there was a place at once. */
  tryEnter(): boolean;
  /** Resolves with a place. @throws BulkheadFull at once, LimitReached after `ms` or when `signal` is aborted */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
  leave(): void;
  /** Sends away all who wait. */
  dismiss(reason: () => Error): void;
}

interface Waiting {
  enter(): void;
  reject(reason: unknown): void;
}

const gaveUp = (): LimitReached => new LimitReached('there was no place in time');

/** Pattern: Bulkhead. So many at once, so many more in a queue, everybody else is refused at once. */
export class Bulkhead implements Places {
  readonly #name: string;
  readonly #queue = new Set<Waiting>();
  #options: BulkheadOptions;
  #inUse = 0;

  constructor(name: string, options: BulkheadOptions) {
    this.#name = name;
    this.#options = options;
  }

  get places(): number {
    return this.#options.concurrent;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get queued(): number {
    return this.#queue.size;
  }

  tryEnter(): boolean {
    if (this.#inUse >= this.#options.concurrent) return false;
    this.#inUse += 1;
    return true;
  }

  async wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#queue.size >= (this.#options.queue ?? 0)) throw new BulkheadFull(this.#name);
    if (signal?.aborted === true) throw gaveUp();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#queue.delete(waiting);
        signal?.removeEventListener('abort', giveUp);
        clearTimeout(timer);
      };
      const waiting: Waiting = { enter: () => (end(), resolve()), reject: (reason) => (end(), reject(reason)) };
      const giveUp = (): void => waiting.reject(gaveUp());
      const timer = setTimeout(giveUp, ms);
      this.#queue.add(waiting);
      signal?.addEventListener('abort', giveUp);
    });
  }

  leave(): void {
    this.#inUse -= 1;
    this.#admit();
  }

  dismiss(reason: () => Error): void {
    for (const one of this.#queue) one.reject(reason());
  }

  /** Where there are fewer places than before nobody is sent away; they are not given again. */
  resize(options: BulkheadOptions): void {
    this.#options = options;
    this.#admit();
  }

  #admit(): void {
    for (const one of this.#queue) {
      if (!this.tryEnter()) return;
      one.enter();
    }
  }
}
