import { createHmac } from 'node:crypto';

export interface AccessLogSettings {
  readonly value: { readonly accessLogPercent: number; readonly logLevel?: string | undefined };
}
export interface AccessLogOptions {
  readonly name: string;
  /** In force unless the settings have one. */
  readonly level: string;
  /** What callers' names are hashed with: who reads a log cannot try out names. They can be followed from log to log where it is the same. */
  readonly secret: string | Buffer;
  /** Whole lines; called rarely, with many of them. */
  readonly write: (lines: string) => void;
  /** 0 ≤ x < 1. */
  readonly random?: () => number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export interface Access {
  readonly method: string;
  /** The pattern of the route, never the address: that may hold what is nobody's business, its query all the more. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly bytes: number | undefined;
  /** Who called: a subject or an address. Goes out as a hash. */
  readonly caller: string;
  readonly correlationId: string | undefined;
  /** False when the caller hung up before the answer was complete. */
  readonly complete: boolean;
}

const FLUSH_BYTES = 16 * 1024;
const FLUSH_MS = 250;
const MAX_CALLERS = 5_000;
const QUIET = new Set(['warn', 'error', 'fatal', 'silent']);

/**
 * Pattern: Gateway Offloading. One line for each request, also to services that log nothing themselves. A sampled one where the
 * setting says so; failures (5xx) always, as long as it is not 0. Lines are gathered: one system call for each would cost as much
 * as all the rest of it. What is gathered when the process is killed is lost.
 */
export class AccessLog {
  readonly #settings: AccessLogSettings;
  readonly #options: Required<AccessLogOptions>;
  readonly #hashes = new Map<string, string>();
  #lines = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: AccessLogSettings, options: AccessLogOptions) {
    this.#settings = settings;
    this.#options = { random: Math.random, now: Date.now, ...options };
  }

  /** Whether a line for this status is wanted; asked first, so that nobody gathers what nobody reads. */
  wants(status: number): boolean {
    const { accessLogPercent, logLevel = this.#options.level } = this.#settings.value;
    if (accessLogPercent === 0 || QUIET.has(logLevel)) return false;
    return accessLogPercent === 100 || status >= 500 || this.#options.random() * 100 < accessLogPercent;
  }

  note({ method, route, status, ms, bytes, caller, correlationId, complete }: Access): void {
    // By hand, because it is on the way of every request; all of it is made of characters that need no escape.
    this.#lines +=
      `{"level":30,"time":"${new Date(this.#options.now()).toISOString()}","name":"${this.#options.name}"` +
      `,"method":"${method}","route":"${route}","status":${status},"ms":${ms.toFixed(1)}` +
      (bytes === undefined ? '' : `,"bytes":${bytes}`) +
      `,"caller":"${this.#hashOf(caller)}"` +
      (correlationId === undefined ? '' : `,"correlationId":"${correlationId}"`) +
      `${complete ? '' : ',"gone":true'},"msg":"access"}\n`;
    if (this.#lines.length >= FLUSH_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = '';
    if (lines !== '') this.#options.write(lines);
  }

  #hashOf(caller: string): string {
    const known = this.#hashes.get(caller);
    if (known !== undefined) return known;
    if (this.#hashes.size >= MAX_CALLERS) this.#hashes.clear();
    const hash = createHmac('sha256', this.#options.secret).update(caller).digest('base64url').slice(0, 12);
    this.#hashes.set(caller, hash);
    return hash;
  }
}
