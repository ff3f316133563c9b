import { Redis } from 'ioredis';
import { Circuit } from './circuit.js';
import { LONGEST_MS } from './lifetimes.js';
import { SharedLevel } from './shared-level.js';
import type { Change, Seen, SharedStats } from './shared-level.js';

export interface ValkeyOptions {
  /** redis://[[user]:password@]host:port[/db], or rediss:// for TLS. */
  readonly url: string;
  /** Channel on which replicas tell each other what changed; of this service alone. */
  readonly channel: string;
  readonly logger: { warn(fields: object, message: string): void; info(fields: object, message: string): void };
  /** Runs a command as a part of what is traced at the moment, under its name; default: untraced. */
  readonly trace?: <T>(command: string, run: () => Promise<T>) => Promise<T>;
  /** Limit of one command; default 50 ms. */
  readonly timeoutMs?: number;
  /** How long it is left alone after three failures in a row; default 1 000 ms. */
  readonly pauseMs?: number;
}

const TIMEOUT_MS = 50;
const PAUSE_MS = 1_000;
const SILENCE_MS = 5_000;
const FAILURES = 3;
/** A floor must outlive everything that was kept before it rose, also what a slow reader keeps a little later. */
const FLOOR_MS = 2 * LONGEST_MS;
/** Beyond this the oldest are forgotten; what they would have outdated ends with its time to live. */
const MOST_OWED = 1_000;

/**
 * Raises the floor of a tag to a version, and floors without versions to the server's own clock, which goes on where a floor was lost.
 * Tells everybody in the same moment: whoever is told reads the new floors.
 */
const RAISE = `
if tonumber(ARGV[1]) <= tonumber(redis.call('GET', KEYS[1]) or '0') then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
for i = 2, #KEYS do
  local next = math.max(tonumber(redis.call('GET', KEYS[i]) or '0') + 1, time[1] * 1000000 + time[2])
  redis.call('SET', KEYS[i], string.format('%.0f', next), 'PX', ARGV[2])
end
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1`;

/** A server that speaks the Redis protocol, behind one connection of the process, which is opened by the first use. */
export class ValkeyLevel extends SharedLevel {
  readonly #client: Redis;
  readonly #channel: string;
  readonly #logger: ValkeyOptions['logger'];
  readonly #timeoutMs: number;
  readonly #trace: NonNullable<ValkeyOptions['trace']>;
  readonly #circuit: Circuit;
  /** By tag: changes that the server has not confirmed. */
  readonly #owed = new Map<string, Change>();
  readonly #listeners: ((tags: readonly string[]) => void)[] = [];
  readonly #known = Promise.withResolvers<void>();
  #connected: boolean | undefined;
  #settling = false;
  #errors = 0;

  constructor({ url, channel, logger, trace, timeoutMs = TIMEOUT_MS, pauseMs = PAUSE_MS }: ValkeyOptions) {
    super();
    this.#trace = trace ?? ((_command, run) => run());
    this.#channel = channel;
    this.#logger = logger;
    this.#timeoutMs = timeoutMs;
    this.#circuit = new Circuit({ limit: FAILURES, pauseMs, now: () => performance.now() });
    this.#client = new Redis(url, {
      lazyConnect: true,
      // RESP3: what is published arrives on the connection of the commands.
      protocol: 3,
      // No command waits for a connection, and none is sent twice: whoever asks goes to the store instead.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 1_000,
      // A server that went without a word is left, so that its successor is found.
      socketTimeout: SILENCE_MS,
      retryStrategy: (tries) => Math.min(2_000, 50 * 2 ** Math.min(tries, 6)) * (0.5 + Math.random() / 2),
    });
    this.#client.on('message', (_channel, message) => this.#pass(message.split('\n')));
    this.#client.on('ready', () => void this.#begin());
    this.#client.on('error', (error: Error) => this.#say(false, error));
    this.#client.on('close', () => this.#say(false));
  }

  async known(limitMs: number): Promise<void> {
    if (this.#client.status === 'wait') this.#client.connect().catch(() => undefined);
    await within(limitMs, this.#known.promise).catch(() => undefined);
  }

  async read(key: string, tag: string): Promise<Seen | undefined> {
    if (this.#owed.size > 0) {
      // What it has kept may be older than what this process has written.
      void this.#settle();
      return undefined;
    }
    const kept = await this.#ask('MGET', () => this.#client.mget(key, floorOf(tag)));
    return kept && { text: kept[0] ?? undefined, floor: Number(kept[1] ?? 0) };
  }

  async write(key: string, text: string, ttlMs: number): Promise<void> {
    await this.#ask('SET', () => this.#client.set(key, text, 'PX', ttlMs));
  }

  async remove(key: string): Promise<void> {
    await this.#ask('UNLINK', () => this.#client.unlink(key));
  }

  async raise(change: Change): Promise<boolean> {
    const raised = await this.#tell(change);
    if (raised === undefined) this.#owe(change);
    return raised !== 0;
  }

  onRaised(listener: (tags: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  stats(): SharedStats {
    const up = this.#client.status === 'ready' && this.#circuit.closed;
    return { up, errors: this.#errors, owed: this.#owed.size };
  }

  async close(): Promise<void> {
    this.#connected = false;
    this.#known.resolve();
    this.#client.disconnect();
  }

  #pass(tags: readonly string[]): void {
    for (const listener of this.#listeners) listener(tags);
  }

  /** With each new connection. */
  async #begin(): Promise<void> {
    this.#say(true);
    this.#circuit.succeeded();
    // Nobody waits for this one. Without it copies here outlive what others change; the next connection may do better.
    const listening = await this.#ask('SUBSCRIBE', () => this.#client.subscribe(this.#channel), SILENCE_MS);
    if (listening === undefined) return this.#client.disconnect(true);
    await this.#settle();
    this.#known.resolve();
  }

  /** Once a change, not once a try. */
  #say(connected: boolean, err?: Error): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    if (!connected) this.#known.resolve();
    if (connected) this.#logger.info({ channel: this.#channel }, 'the shared cache is there');
    else
      this.#logger.warn({ err, channel: this.#channel }, 'the shared cache cannot be reached, reads go to the store');
  }

  /** 1 when floors rose, 0 when the server knew it, undefined when it could not be told. */
  async #tell(change: Change): Promise<number | undefined> {
    const { tag, version, also } = change;
    const tags = [tag, ...also];
    const raised = await this.#ask('EVAL', () =>
      this.#client.eval(RAISE, tags.length, ...tags.map(floorOf), version, FLOOR_MS, this.#channel, tags.join('\n')),
    );
    // Something newer may be owed by now.
    if (raised !== undefined && this.#owed.get(tag) === change) this.#owed.delete(tag);
    return raised === undefined ? undefined : Number(raised);
  }

  #owe(change: Change): void {
    const before = this.#owed.get(change.tag);
    if (before !== undefined && before.version > change.version) return;
    this.#owed.set(change.tag, change);
    const [oldest] = this.#owed.keys();
    if (oldest !== undefined && this.#owed.size > MOST_OWED) this.#owed.delete(oldest);
  }

  async #settle(): Promise<void> {
    if (this.#settling) return;
    this.#settling = true;
    for (const change of this.#owed.values()) {
      await this.#tell(change);
      if (!this.#circuit.closed) break;
    }
    this.#settling = false;
  }

  /** Undefined when it failed, was too late or was not tried. */
  async #ask<T>(name: string, command: () => Promise<T>, limitMs = this.#timeoutMs): Promise<T | undefined> {
    if (!this.#circuit.mayAsk()) return undefined;
    try {
      const answer = await this.#trace(name, () => within(limitMs, command()));
      this.#circuit.succeeded();
      return answer;
    } catch {
      this.#errors += 1;
      this.#circuit.failed();
      return undefined;
    }
  }
}

const floorOf = (tag: string): string => `${tag}:floor`;

async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  // When this process was busy the answer may be there by now, unread: sockets come after timers, and immediates after sockets.
  const timer = setTimeout(() => setImmediate(reject, new Error(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([answer, limit]);
  } finally {
    clearTimeout(timer);
  }
}
