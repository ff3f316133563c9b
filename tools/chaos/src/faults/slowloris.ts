import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import type { Fault } from './fault.ts';
import { saysTime } from './parameters.ts';
import { paused } from './repeat.ts';

const MOST_OPENED_EACH = 20;

const parameters = z.strictObject({
  sockets: z.number().int().min(1).max(2_000),
  part: z.enum(['headers', 'body']).default('headers'),
  /** A few bytes come so often. */
  every: seconds.pipe(z.number().min(50).max(30_000)).default(1_000),
});
type Parameters = z.output<typeof parameters>;
type Part = Parameters['part'];

/**
 * Many connections whose requests never become complete, and that are made again when they are closed. Counts `own.slow.opened`, and
 * `own.slow.closed`: those that the other side has closed.
 */
export const slowloris: Fault<Parameters> = {
  kind: 'slowloris',
  summary: 'many connections whose requests come in drop by drop and never end',
  on: ['host', 'k8s'],
  parameters,
  says: ({ sockets, part, every }) =>
    `${sockets} connections that send their ${part} a few bytes every ${saysTime(every)}`,
  inject: async ({ target, until, background, count, note }, { sockets, part, every }) => {
    const { hostname, port } = new URL(target.context.gatewayUrl);
    const tell = (what: 'opened' | 'closed'): void => count(`slow.${what}`);
    const lines = Array.from({ length: sockets }, () => new Dribble(hostname, Number(port), part, tell));
    count('slow.opened', 0);
    count('slow.closed', 0);
    const dribble = async (): Promise<void> => {
      do for (const line of lines) line.drop();
      while (await paused(every, until));
      for (const line of lines) line.end();
      const opened = lines.reduce((sum, line) => sum + line.opened, 0);
      note(`${opened} slow connections were made, ${opened - sockets} of them in place of one that was closed`);
    };
    background(dribble());
  },
};

/** One connection at a time. */
class Dribble {
  opened = 0;
  readonly #host: string;
  readonly #port: number;
  readonly #part: Part;
  readonly #tell: (what: 'opened' | 'closed') => void;
  #socket: Socket | undefined;
  #isOver = false;

  /** @param tell is told of each connection that was made, or closed by the other side */
  constructor(host: string, port: number, part: Part, tell: (what: 'opened' | 'closed') => void) {
    [this.#host, this.#port, this.#part, this.#tell] = [host, port, part, tell];
  }

  drop(): void {
    if (this.#socket === undefined) this.#open();
    else this.#socket.write(this.#part === 'headers' ? `X-Drop-${this.opened}: 1\r\n` : ' ');
  }

  end(): void {
    this.#isOver = true;
    this.#socket?.destroy();
  }

  #open(): void {
    if (this.opened >= MOST_OPENED_EACH) return;
    this.opened += 1;
    const socket = connect(this.#port, this.#host, () => {
      this.#tell('opened');
      socket.write(beginOf(this.#part));
    });
    // It is closed on purpose, by them or by us; what they answer first is of no interest.
    socket.on('error', () => undefined).on('data', () => undefined);
    socket.on('close', () => {
      this.#socket = undefined;
      if (!this.#isOver) this.#tell('closed');
    });
    this.#socket = socket;
  }
}

const beginOf = (part: Part): string =>
  part === 'headers'
    ? 'GET /api/products HTTP/1.1\r\nHost: localhost\r\n'
    : 'POST /api/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{';
