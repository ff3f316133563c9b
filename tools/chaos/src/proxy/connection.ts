import { connect, type Socket } from 'node:net';
import type { Counts } from './counts.ts';
import { Intake, type Requests } from './intake.ts';
import type { NamedToxic } from './named-toxic.ts';
import { Pipe } from './pipe.ts';

/** A side that was said goodbye to has so long to say it, too. */
const PARTING_MS = 1_000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionOptions {
  readonly client: Socket;
  readonly server: Address;
  readonly requests: Requests;
  /** For whether it is met by a toxic: apart from what is drawn for bytes, of whose number it must not depend. */
  readonly draw: () => number;
}

/** A connection of a client, the one to the server that belongs to it, and what the toxics do to them. */
export class Connection {
  /** Resolves when both sides are closed. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #counts: Counts;
  readonly #draw: () => number;
  readonly #up: Pipe;
  readonly #down: Pipe;
  /** Whether a toxic meets this connection is drawn once. */
  readonly #drawn = new Map<NamedToxic, boolean>();
  readonly #timers = new Map<NamedToxic, NodeJS.Timeout>();
  #toxics: readonly NamedToxic[] = [];
  #isNew = true;
  #isConnected = false;

  constructor({ client, server, requests, draw }: ConnectionOptions) {
    const { counts, random, protocol } = requests;
    this.#client = client;
    this.#server = connect({ ...server, allowHalfOpen: true, noDelay: true });
    this.#counts = counts;
    this.#draw = draw;
    const close = (): void => this.#part();
    const up = (bytes: number): number => (counts.bytesUp += bytes);
    const down = (bytes: number): number => (counts.bytesDown += bytes);
    const intake = protocol === 'tcp' ? {} : { intake: (pass: (bytes: Buffer) => void) => new Intake(requests, pass) };
    this.#up = new Pipe({ from: client, to: this.#server, random, passed: up, close, ...intake });
    this.#down = new Pipe({ from: this.#server, to: client, random, passed: down, close });
    this.closed = this.#begin();
  }

  /** The toxics of the link from now on. */
  change(all: readonly NamedToxic[]): void {
    const met = all.filter((one) => this.#isMet(one));
    const gone = this.#toxics.filter((one) => !met.includes(one));
    const fresh = met.filter((one) => !this.#toxics.includes(one));
    this.#toxics = met;
    for (const one of fresh) this.#meet(one);
    for (const one of gone) this.#leave(one);
    this.#up.change(met.filter(({ toxic }) => toxic.direction === 'up'));
    this.#down.change(met.filter(({ toxic }) => toxic.direction === 'down'));
    this.#isNew = false;
  }

  /** Both sides, at once. */
  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  async #begin(): Promise<void> {
    const sides = [this.#client, this.#server];
    const ends = sides.map((side) => new Promise<void>((resolve) => side.once('close', () => resolve())));
    for (const side of sides) {
      // What it means is in the `close` that follows.
      side.on('error', () => undefined);
      // A side whose other is gone already (half open) has nobody to whom its end could be told.
      side.once('end', () => sides.some(({ destroyed }) => destroyed) && side.destroy());
    }
    this.#server.once('connect', () => {
      this.#isConnected = true;
      this.#client.resume();
    });
    this.#server.once('error', () => this.#isConnected || this.#refuse());
    const pipes = [this.#up.run(), this.#down.run()];
    await Promise.all(ends);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#up.stop();
    this.#down.stop();
    await Promise.all(pipes);
  }

  /** Nobody takes the connection: the client is to see as much. */
  #refuse(): void {
    this.#counts.refused += 1;
    this.#client.resetAndDestroy();
  }

  #isMet(one: NamedToxic): boolean {
    const drawn = this.#drawn.get(one) ?? this.#draw() < one.toxic.toxicity;
    this.#drawn.set(one, drawn);
    return drawn;
  }

  #meet(one: NamedToxic): void {
    const { toxic } = one;
    if (toxic.type === 'down') return this.#isNew ? this.#reset() : this.destroy();
    if (toxic.type === 'half_open' && !this.#isNew) return void this.#sideOf(one).destroy();
    if (toxic.type === 'reset_peer') this.#later(one, toxic.attributes.timeout, () => this.#reset());
    if (toxic.type === 'timeout' && toxic.attributes.timeout > 0)
      this.#later(one, toxic.attributes.timeout, () => this.destroy());
  }

  #leave(one: NamedToxic): void {
    clearTimeout(this.#timers.get(one));
    this.#timers.delete(one);
    if (one.toxic.type === 'timeout') this.destroy();
    if (one.toxic.type === 'half_open' && this.#sideOf(one).destroyed) this.#reset();
  }

  #later(one: NamedToxic, ms: number, then: () => void): void {
    this.#timers.set(one, setTimeout(then, ms));
  }

  /** Where the direction of a toxic leads. */
  #sideOf({ toxic }: NamedToxic): Socket {
    return toxic.direction === 'up' ? this.#server : this.#client;
  }

  #reset(): void {
    const left = [this.#client, this.#server].filter(({ destroyed }) => !destroyed);
    if (left.length > 0) this.#counts.resets += 1;
    for (const side of left) side.resetAndDestroy();
  }

  /** Closed in an orderly way, so that what was passed on arrives; what the sides still say is not heard. */
  #part(): void {
    this.#up.stop();
    this.#down.stop();
    for (const side of [this.#client, this.#server]) {
      side.end().resume();
      setTimeout(() => side.destroy(), PARTING_MS).unref();
    }
  }
}
