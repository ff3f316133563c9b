import { renameSync, writeFileSync } from 'node:fs';
import type { WatchedFile } from '@souk/config';
import type { Logger } from '@souk/observability';
import { type KeyFile, type PrivateKey, shownKeys } from './key-file.js';
import { advanced, type begun, nextDue } from './rotation-steps.js';

export interface KeyRotationOptions {
  readonly file: string;
  readonly keys: WatchedFile<KeyFile>;
  readonly newKey: () => Promise<PrivateKey>;
  /** What a rotation begins with. */
  readonly begun: typeof begun;
  readonly overlapSeconds: () => number;
  /** The longest life of any token that may be around. */
  readonly tokenSeconds: () => number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}

export interface RotationState {
  readonly signing: string;
  readonly published: readonly string[];
  /** ISO 8601, while a rotation is under way. */
  readonly signsAt?: string | undefined;
  readonly retireAt?: string | undefined;
}

const RETRY_MS = 5_000;
const LONGEST_TIMER_MS = 60_000;

/**
 * Publishes a new key, lets it sign, retires the old one. Each step is written to the file that the provider follows, with when the
 * next is due, so a restart goes on where this one ended.
 */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  #timer: NodeJS.Timeout | undefined;
  #beginning: Promise<RotationState> | undefined;

  constructor(options: KeyRotationOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.keys.onChange(() => this.#wake());
    this.#wake();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  state(): RotationState {
    const { value } = this.#options.keys;
    const { signsAt, retireAt } = value.rotation ?? {};
    return { ...shownKeys(value), ...(signsAt && { signsAt }), ...(retireAt && { retireAt }) };
  }

  /** One at a time: while a rotation is under way, this tells how far it is. @throws Error when the file cannot be written */
  begin(): Promise<RotationState> {
    this.#beginning ??= this.#begin().finally(() => (this.#beginning = undefined));
    return this.#beginning;
  }

  async #begin(): Promise<RotationState> {
    const { keys, newKey, begun: first, overlapSeconds, tokenSeconds, now } = this.#options;
    if (keys.value.rotation !== undefined) return this.state();
    const next = await newKey();
    const [overlapMs, tokenMs] = [overlapSeconds() * 1_000, tokenSeconds() * 1_000];
    this.#write(first(keys.value, { next, now: now(), overlapMs, tokenMs }));
    return this.state();
  }

  #wake(): void {
    const { keys, now, tokenSeconds, logger } = this.#options;
    clearTimeout(this.#timer);
    let waitMs = Math.min(LONGEST_TIMER_MS, (nextDue(keys.value) ?? Infinity) - now());
    const next = advanced(keys.value, now(), tokenSeconds() * 1_000);
    if (next !== keys.value) {
      try {
        // Taking it over wakes us again.
        return this.#write(next);
      } catch (err) {
        logger.error({ err }, 'the keys cannot be written, trying again');
        waitMs = RETRY_MS;
      }
    }
    if (keys.value.rotation === undefined) return;
    this.#timer = setTimeout(() => this.#wake(), Math.max(0, waitMs));
    this.#timer.unref();
  }

  #write(next: KeyFile): void {
    const { file, keys } = this.#options;
    writeFileSync(`${file}.next`, JSON.stringify(next), { mode: 0o600 });
    renameSync(`${file}.next`, file);
    keys.refresh();
  }
}
