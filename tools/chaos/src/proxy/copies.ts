import { connect, type Socket } from 'node:net';
import type { Address } from './connection.ts';
import type { Counts } from './counts.ts';

/** Nothing more is said on the connection of a copy for so long: the answer is over. */
const SILENT_MS = 1_000;
const LONGEST_MS = 15_000;
/** Further copies are not made while so many are on their way. */
const MOST = 1_000;

/** Requests that are sent once more, each on a connection of its own; what is answered to them nobody hears. */
export class Copies {
  readonly #server: Address;
  readonly #counts: Counts;
  readonly #waiting = new Set<NodeJS.Timeout>();
  readonly #sockets = new Set<Socket>();

  constructor(server: Address, counts: Counts) {
    this.#server = server;
    this.#counts = counts;
  }

  send(request: Buffer, delayMs: number): void {
    if (this.#waiting.size + this.#sockets.size >= MOST) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#sendNow(request);
    }, delayMs);
    this.#waiting.add(timer);
  }

  /** Nothing is sent any more. */
  stop(): void {
    for (const timer of this.#waiting) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#waiting.clear();
  }

  #sendNow(request: Buffer): void {
    const socket = connect(this.#server);
    this.#sockets.add(socket);
    const limit = setTimeout(() => socket.destroy(), LONGEST_MS);
    socket.setTimeout(SILENT_MS, () => socket.bytesRead > 0 && socket.destroy());
    socket.once('connect', () => {
      this.#counts.duplicates += 1;
      socket.write(request);
    });
    // A server that is away gets no copies.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(limit);
      this.#sockets.delete(socket);
    });
    socket.resume();
  }
}
