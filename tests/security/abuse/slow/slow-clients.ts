import { connect, type Socket } from 'node:net';
import { serverLimits } from '@souk/service-kit';

/** A kind of client that keeps a place without doing anything with it. */
export interface SlowKind {
  readonly name: string;
  readonly count: number;
  /** What it begins with. */
  readonly first: string;
  /** One of them, over and over, once a second; none: it stays silent. */
  readonly drip?: string;
  /** Whether it reads what it is told. */
  readonly reads: boolean;
  /** By then it must have been sent away. */
  readonly goneWithinMs: number;
  /** Until then it has not been sent away. */
  readonly staysMs: number;
}

const SECOND = 1_000;
/** The server looks every five seconds, and this machine may be busy. */
export const LOOKS_LATE_MS = 8 * SECOND;
/** Its answer is so large that no buffer on the way holds all of it. */
export const LARGE = '/api/products?q=large';
const HEAD = 'Host: shop.test\r\n';

const within = (ms: number) => ({ goneWithinMs: ms + LOOKS_LATE_MS, staysMs: ms / 4 });

/** Slow in the head of a request, in its body, silent from the beginning, and not taking the answer. `post`: a POST without its length. */
export const slowKinds = (post: string): SlowKind[] => [
  { name: 'silent', count: 1_000, first: '', reads: true, ...within(10 * SECOND) },
  {
    name: 'slow in the head',
    count: 200,
    first: `GET /api/products HTTP/1.1\r\n${HEAD}X-Slow: `,
    drip: 'a',
    reads: true,
    ...within(10 * SECOND),
  },
  {
    name: 'slow in the body',
    count: 100,
    first: `${post}Content-Length: 1000\r\n\r\n{`,
    drip: ' ',
    reads: true,
    ...within(30 * SECOND),
  },
  {
    name: 'slow to read',
    count: 50,
    first: `GET ${LARGE} HTTP/1.1\r\n${HEAD}\r\n`,
    reads: false,
    // Node looks twice.
    ...within(2 * serverLimits.connectionTimeout),
  },
];

/** All clients of a kind, from their first byte until the last of them was sent away. */
export class SlowClients {
  readonly kind: SlowKind;
  readonly #started = performance.now();
  readonly #sockets: Socket[] = [];
  readonly #drips: NodeJS.Timeout | undefined;
  #gone = 0;
  #firstGoneAt = 0;
  #lastGoneAt = 0;

  constructor(port: number, kind: SlowKind) {
    this.kind = kind;
    for (let index = 0; index < kind.count; index++) this.#sockets.push(this.#open(port));
    const { drip } = kind;
    if (drip === undefined) return;
    this.#drips = setInterval(() => {
      for (const socket of this.#sockets) if (!socket.destroyed && socket.writable) socket.write(drip);
    }, SECOND);
  }

  /** Those who did not read begin to: only so they notice that they were sent away. Those who were not, get all of their answer and stay. */
  wake(): void {
    for (const socket of this.#sockets) socket.resume();
  }

  get left(): number {
    return this.kind.count - this.#gone;
  }

  /** Milliseconds from the first to the last; undefined while some are left. */
  get goneAfterMs(): number | undefined {
    return this.left === 0 ? this.#lastGoneAt - this.#started : undefined;
  }

  /** The same of the first of them; undefined while all are there. */
  get firstGoneAfterMs(): number | undefined {
    return this.#gone > 0 ? this.#firstGoneAt - this.#started : undefined;
  }

  hangUp(): void {
    clearInterval(this.#drips);
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(port: number): Socket {
    const { first, reads } = this.kind;
    // Written at once, before the connection is there: whatever drips comes after it.
    const socket = connect({ port, host: '127.0.0.1' });
    if (first !== '') socket.write(first);
    if (reads) socket.resume();
    else socket.pause();
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#gone += 1;
      this.#lastGoneAt = performance.now();
      this.#firstGoneAt ||= this.#lastGoneAt;
    });
    return socket;
  }
}
