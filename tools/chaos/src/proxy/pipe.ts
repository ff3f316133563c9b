import type { Socket } from 'node:net';
import type { Intake } from './intake.ts';
import type { NamedToxic } from './named-toxic.ts';
import { Signal } from './signal.ts';
import type { ToxicOf, ToxicType } from './toxics.ts';

/** So much may wait here before the sender has to: enough for 200 ms at 5 MB/s, and no more for a sender without measure. */
const FULL = 1_048_576;
const HALF_EMPTY = FULL / 4;
/** Bytes pass in portions of this time where a bandwidth is set. */
const PORTION_MS = 20;

/** What arrived, and when: bytes, or that there are no more. */
interface Piece {
  readonly at: number;
  readonly bytes?: Buffer;
  readonly end?: 'end' | 'reset';
}

export interface PipeOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly random: () => number;
  /** Where requests are told apart, what they make of what arrives. */
  readonly intake?: (pass: (bytes: Buffer) => void) => Intake;
  /** Bytes that were passed on. */
  readonly passed: (bytes: number) => void;
  /** Both sides are to be closed once what was passed on has arrived. */
  readonly close: () => void;
}

/** One direction of a connection: takes in, holds back, cuts up and passes on, in order, as the toxics of the moment want it. */
export class Pipe {
  readonly #options: PipeOptions;
  readonly #intake: Intake | undefined;
  readonly #queue: Piece[] = [];
  readonly #arrived = new Signal();
  readonly #changed = new Signal();
  readonly #left = new Map<NamedToxic, number>();
  #toxics: readonly NamedToxic[] = [];
  #changes = 0;
  #waiting = 0;
  #isOver = false;
  /** When what a bandwidth has let through so far is through. */
  #clearAt = 0;

  constructor(options: PipeOptions) {
    this.#options = options;
    const { from } = options;
    this.#intake = options.intake?.((bytes) => this.#push({ bytes }));
    from.on('data', (bytes) => this.#take(bytes));
    from.once('end', () => this.#end('end'));
    from.once('close', (hadError) => hadError && this.#end('reset'));
  }

  /** Resolves after `stop`: behind an end there may still come a reset. */
  async run(): Promise<void> {
    for (let piece = await this.#next(); piece !== undefined; piece = await this.#next()) {
      if (piece.bytes === undefined) {
        await this.#finish(piece);
        continue;
      }
      await this.#pass(piece.bytes, piece.at);
      this.#waiting -= piece.bytes.length;
      if (this.#waiting < HALF_EMPTY) this.#options.from.resume();
    }
  }

  /** The toxics that meet this direction from now on. */
  change(toxics: readonly NamedToxic[]): void {
    this.#toxics = toxics;
    this.#intake?.change(toxics);
    this.#changes += 1;
    this.#changed.raise();
  }

  stop(): void {
    this.#isOver = true;
    this.#intake?.end();
    this.#queue.length = 0;
    this.#arrived.raise();
    this.#changed.raise();
  }

  #take(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#waiting += bytes.length;
    if (this.#waiting > FULL) this.#options.from.pause();
    if (this.#intake === undefined) this.#push({ bytes });
    else this.#intake.take(bytes);
  }

  #end(end: 'end' | 'reset'): void {
    this.#intake?.end();
    this.#push({ end });
  }

  #push(piece: Omit<Piece, 'at'>): void {
    if (this.#isOver) return;
    this.#queue.push({ ...piece, at: performance.now() });
    this.#arrived.raise();
  }

  async #next(): Promise<Piece | undefined> {
    while (this.#queue.length === 0 && !this.#isOver) await this.#arrived.wait();
    return this.#queue.shift();
  }

  async #pass(bytes: Buffer, arrivedAt: number): Promise<void> {
    const delays = new Map<NamedToxic, number>();
    for (let rest = bytes; rest.length > 0 && !this.#isOver;) {
      await this.#due(arrivedAt, delays);
      if (this.#has('timeout') || !this.#options.to.writable) return;
      const size = this.#sizeOf(rest.length);
      if (!(await this.#paced(size))) continue;
      await this.#write(rest.subarray(0, size));
      rest = rest.subarray(size);
      await this.#gap();
    }
  }

  /** Until nothing holds back any more what arrived then; looks again whenever the toxics change. */
  async #due(arrivedAt: number, delays: Map<NamedToxic, number>): Promise<void> {
    while (!this.#isOver) {
      const wait = this.#has('one_way') ? undefined : arrivedAt + this.#delay(delays) - performance.now();
      if (wait !== undefined && wait <= 0) return;
      await this.#changed.wait(wait);
    }
  }

  #delay(delays: Map<NamedToxic, number>): number {
    const each = this.#of('latency').map((one) => {
      const { latency, jitter } = one.toxic.attributes;
      const delay = delays.get(one) ?? Math.max(0, latency + jitter * (2 * this.#options.random() - 1));
      delays.set(one, delay);
      return delay;
    });
    return each.reduce((sum, delay) => sum + delay, 0);
  }

  #sizeOf(most: number): number {
    const slices = this.#of('slicer').map(({ toxic: { attributes } }) => {
      const { average_size: average, size_variation: variation } = attributes;
      return Math.max(1, Math.round(average + variation * (2 * this.#options.random() - 1)));
    });
    const portions = this.#of('bandwidth').map(({ toxic }) => Math.ceil(toxic.attributes.rate * PORTION_MS));
    const limits = this.#of('limit_data').map((one) => this.#leftOf(one));
    return Math.min(most, ...slices, ...portions, ...limits);
  }

  /** Until so many bytes have had their time; false if the toxics changed meanwhile. */
  async #paced(size: number): Promise<boolean> {
    // In bytes a millisecond, which kilobytes a second are.
    const rate = Math.min(...this.#of('bandwidth').map(({ toxic }) => toxic.attributes.rate));
    const now = performance.now();
    // A timer that was late is made up for, a pause is not.
    const clearAt = (now - this.#clearAt < 2 * PORTION_MS ? this.#clearAt : now) + size / rate;
    const changes = this.#changes;
    while (clearAt > performance.now() && changes === this.#changes && !this.#isOver)
      await this.#changed.wait(clearAt - performance.now());
    if (changes !== this.#changes) return false;
    this.#clearAt = clearAt;
    return true;
  }

  async #write(bytes: Buffer): Promise<void> {
    const { to, passed, close } = this.#options;
    const limits = this.#of('limit_data');
    const isUsedUp = limits.some((one) => this.#leftOf(one) <= bytes.length);
    for (const one of limits) this.#left.set(one, this.#leftOf(one) - bytes.length);
    passed(bytes.length);
    if (bytes.length > 0 && !to.write(bytes)) await drained(to);
    if (isUsedUp) close();
  }

  #leftOf(one: NamedToxic & { readonly toxic: ToxicOf<'limit_data'> }): number {
    return this.#left.get(one) ?? one.toxic.attributes.bytes;
  }

  /** Between two slices; a change of toxics ends it. */
  async #gap(): Promise<void> {
    const delay = Math.max(0, ...this.#of('slicer').map(({ toxic }) => toxic.attributes.delay)) / 1_000;
    if (delay > 0) await this.#changed.wait(delay);
  }

  async #finish({ at, end }: Piece): Promise<void> {
    await this.#due(at, new Map());
    const seenAt = performance.now();
    for (let wait = this.#closeDelay(); !this.#isOver && performance.now() < seenAt + wait; wait = this.#closeDelay())
      await this.#changed.wait(wait === Infinity ? undefined : seenAt + wait - performance.now());
    const { to } = this.#options;
    if (this.#isOver || to.destroyed) return;
    if (end === 'end') to.end();
    else to.resetAndDestroy();
  }

  /** A black hole swallows the end as it does the bytes. */
  #closeDelay(): number {
    if (this.#has('timeout')) return Infinity;
    return Math.max(0, ...this.#of('slow_close').map(({ toxic }) => toxic.attributes.delay));
  }

  #has(type: ToxicType): boolean {
    return this.#toxics.some(({ toxic }) => toxic.type === type);
  }

  #of<T extends ToxicType>(type: T): (NamedToxic & { readonly toxic: ToxicOf<T> })[] {
    return this.#toxics.filter((one): one is NamedToxic & { toxic: ToxicOf<T> } => one.toxic.type === type);
  }
}

function drained(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('drain', resolve).once('close', resolve);
  return promise.finally(() => socket.off('drain', resolve).off('close', resolve));
}
