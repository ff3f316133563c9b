import { EventEmitter } from 'node:events';
import { runInContext } from '@souk/observability';
import type pg from 'pg';

const CHANNEL = 'souk_orders';
/** A payload of NOTIFY is limited to 8,000 bytes; an id and its comma take 37. */
const IDS_A_NOTIFY = 200;
const RECONNECT_MS = 1_000;
/** Between two NOTIFYs, in ms: who waits at another replica hears that much later at most, and a busy shop sends 50 a second. */
const GATHER_MS = 20;

/**
 * Wakes whoever waits for an order, in this process at once and in other replicas by NOTIFY. A signal is a hint to read
 * again, never the data; waiters poll slowly as well, so a lost one costs time only.
 */
export class OrderSignals {
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  readonly #outgoing = new Set<string>();
  #sending = false;
  /** Leaves the connection that listens. */
  #drop: () => void = () => undefined;
  #stopping = false;

  constructor(private readonly pool: pg.Pool) {}

  /** True once waiting makes no sense any more: the process ends. */
  get stopped(): boolean {
    return this.#stopping;
  }

  /** Call after the commit. */
  changed(orderIds: readonly string[]): void {
    for (const id of orderIds) {
      this.#emitter.emit(id);
      this.#outgoing.add(id);
    }
    // On nobody's behalf: what is sent stands for the changes of many.
    if (!this.#sending && this.#outgoing.size > 0) void runInContext(undefined, () => this.#send());
  }

  /** Resolves at the next signal for the order, after `timeoutMs` or when `abort` fires. Start it before you read. */
  wait(orderId: string, timeoutMs: number, abort?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#emitter.off(orderId, end);
        abort?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, timeoutMs);
      this.#emitter.on(orderId, end);
      abort?.addEventListener('abort', end);
      if (abort?.aborted || this.stopped) end();
    });
  }

  start(): void {
    void this.#listen();
  }

  stop(): void {
    this.#stopping = true;
    for (const id of this.#emitter.eventNames()) this.#emitter.emit(id);
    this.#drop();
  }

  /** One NOTIFY for all orders that changed while the last one was under way: each takes a lock that all commits share. */
  async #send(): Promise<void> {
    this.#sending = true;
    while (this.#outgoing.size > 0) {
      const ids = [...this.#outgoing].slice(0, IDS_A_NOTIFY);
      ids.forEach((id) => this.#outgoing.delete(id));
      await this.pool
        .query({ name: 'notify-orders', text: 'select pg_notify($1, $2)', values: [CHANNEL, ids.join()] })
        .catch(() => undefined); // the other replicas poll
      if (!this.stopped) await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    }
    this.#sending = false;
  }

  async #listen(): Promise<void> {
    while (!this.stopped) {
      await new Promise<void>((lost) => {
        this.pool.connect().then((client) => this.#attach(client, lost), lost);
      });
      if (!this.stopped) await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
    }
  }

  #attach(client: pg.PoolClient, lost: () => void): void {
    if (this.stopped) return client.release(true);
    // Once: PostgreSQL may say its farewell on a connection that was given back a moment ago.
    let isOurs = true;
    const drop = (): void => {
      if (!isOurs) return;
      isOurs = false;
      client.release(true);
      lost();
    };
    this.#drop = drop;
    client.on('notification', ({ payload = '' }) => payload.split(',').forEach((id) => this.#emitter.emit(id)));
    client.on('error', drop);
    // A connection that does not listen is deaf: the next one may hear.
    client.query(`listen ${CHANNEL}`).catch(drop);
  }
}
