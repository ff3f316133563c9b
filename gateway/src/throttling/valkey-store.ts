import type { OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { ThrottleStore } from './throttle-store.js';

/** Nobody waits for an answer; this only bounds what hangs in memory. */
const ANSWER_WITHIN_MS = 250;
/** After a failure it is left alone for so long. */
const PAUSE_MS = 500;
const STRIKES_ARE_KEPT_SECONDS = 7_200;
const MOST_BLOCKED = 10_000;
const BLOCKED = 'throttle:blocked';

/** Counters and blocks in Valkey (or a Redis from 6.2 on). */
export class ValkeyStore extends ThrottleStore implements OnApplicationShutdown {
  readonly #valkey: Redis;
  readonly #limiter: RateLimiterRedis;
  readonly #now: () => number;
  #pausedUntil = 0;

  /** `now` in epoch milliseconds; `onTrouble` is told when the connection fails, at most once an outage. */
  constructor(url: string, now: () => number, onTrouble: (error: Error) => void = () => undefined) {
    super();
    this.#now = now;
    this.#valkey = new Redis(url, {
      connectionName: 'souk-gateway-throttle',
      connectTimeout: 2_000,
      commandTimeout: ANSWER_WITHIN_MS,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      retryStrategy: (times: number) => Math.min(50 * 2 ** times, 1_000),
    });
    let isTold = false;
    this.#valkey.on('ready', () => (isTold = false));
    this.#valkey.on('error', (error: Error) => {
      if (!isTold) onTrouble(error);
      isTold = true;
    });
    // Points are only counted here: what is enough decides the process, with the settings of the moment.
    this.#limiter = new RateLimiterRedis({
      storeClient: this.#valkey,
      keyPrefix: 'throttle:spent',
      points: Number.MAX_SAFE_INTEGER,
      duration: 1,
      rejectIfRedisNotReady: true,
    });
  }

  get isUp(): boolean {
    return this.#valkey.status === 'ready' && this.#now() >= this.#pausedUntil;
  }

  async spend(key: string, points: number, windowSeconds: number): Promise<{ spent: number; endsInMs: number }> {
    const counted = this.#limiter.penalty(key, points, { customDuration: windowSeconds });
    const { consumedPoints, msBeforeNext } = await this.#watched(counted);
    return { spent: consumedPoints, endsInMs: msBeforeNext };
  }

  async strike(key: string): Promise<number> {
    const name = `throttle:strikes:${key}`;
    const answers = await this.#watched(this.#valkey.multi().incr(name).expire(name, STRIKES_ARE_KEPT_SECONDS).exec());
    return Number(answers?.[0]?.[1]);
  }

  /** Without an expiry of its own, so that no cache entry can push it out; whoever adds one takes out what is over. */
  async block(key: string, until: number): Promise<void> {
    const now = this.#now();
    await this.#watched(
      this.#valkey.multi().zremrangebyscore(BLOCKED, '-inf', now).zadd(BLOCKED, 'GT', until, key).exec(),
    );
  }

  async unblock(key: string): Promise<boolean> {
    const answers = await this.#watched(this.#valkey.multi().zrem(BLOCKED, key).del(`throttle:strikes:${key}`).exec());
    return Number(answers?.[0]?.[1]) > 0;
  }

  async blocked(): Promise<ReadonlyMap<string, number>> {
    const members = await this.#watched(
      this.#valkey.zrangebyscore(BLOCKED, `(${this.#now()}`, '+inf', 'WITHSCORES', 'LIMIT', 0, MOST_BLOCKED),
    );
    return new Map(
      Array.from({ length: members.length / 2 }, (_, index) => [
        members[index * 2] ?? '',
        Number(members[index * 2 + 1]),
      ]),
    );
  }

  async #watched<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#pausedUntil = this.#now() + PAUSE_MS;
      throw error;
    }
  }

  onApplicationShutdown(): void {
    this.#valkey.disconnect();
  }
}
