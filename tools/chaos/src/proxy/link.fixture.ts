import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkSpec } from './link.ts';
import { Link } from './link.ts';
import { parseToxic } from './toxics.ts';

const LOOPBACK = '127.0.0.1';
const PATIENCE_MS = 10_000;

/** A client, or what a server has of one: everything that arrives, when, and how it ends. */
export class Line {
  readonly socket: Socket;
  readonly arrivals: { readonly at: number; readonly size: number }[] = [];
  received = '';
  ended = false;
  closed = false;
  error: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.arrivals.push({ at: performance.now(), size: text.length });
      this.received += text;
    });
    socket.on('end', () => (this.ended = true));
    socket.on('close', () => (this.closed = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
  }

  static to(port: number): Line {
    return new Line(connect({ host: LOOPBACK, port, allowHalfOpen: true }));
  }

  /** Milliseconds until as much has come back as was sent. */
  async echo(text: string): Promise<number> {
    const [begun, length] = [performance.now(), this.received.length + text.length];
    this.socket.write(text, 'latin1');
    await until('an echo', () => this.received.length >= length);
    return (this.arrivals.at(-1)?.at ?? 0) - begun;
  }

  hears(text: string): Promise<void> {
    return until(`"${text}" arrives`, () => this.received === text);
  }
}

/** A server behind a link, and everything that is to be closed after a test. */
export class Bench {
  readonly link: Link;
  /** What the server has of its connections, in the order in which they came. */
  readonly served: Line[];
  readonly #server: Server;
  readonly #clients: Line[] = [];

  private constructor(link: Link, served: Line[], server: Server) {
    this.link = link;
    this.served = served;
    this.#server = server;
  }

  /** @param serve what the server does with a connection; without it, it sends everything back */
  static async open(serve: (line: Line) => void = echo, spec: Partial<LinkSpec> = {}): Promise<Bench> {
    const served: Line[] = [];
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const line = new Line(socket);
      served.push(line);
      serve(line);
    });
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
    const { port } = server.address() as AddressInfo;
    const common = { name: 'a->b', listen: { host: LOOPBACK, port: 0 }, protocol: 'tcp' as const, seed: 1 };
    const link = await Link.open({ ...common, to: { host: LOOPBACK, port }, ...spec });
    return new Bench(link, served, server);
  }

  get port(): number {
    return this.link.spec.listen.port;
  }

  client(): Line {
    const line = Line.to(this.port);
    this.#clients.push(line);
    return line;
  }

  /** A client whose connection has arrived at the server. */
  async connected(): Promise<{ client: Line; server: Line }> {
    const before = this.served.length;
    const client = this.client();
    await until('the connection arrives', () => this.served.length > before);
    const server = this.served[before];
    if (server === undefined) throw new Error('the server has no such connection');
    return { client, server };
  }

  add(toxic: Record<string, unknown>, name = String(toxic['type'])): Promise<void> {
    return this.link.add(name, parseToxic(toxic));
  }

  /** The server goes away. */
  async close(): Promise<void> {
    await this.link.close();
    for (const { socket } of [...this.#clients, ...this.served]) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function echo({ socket }: Line): void {
  socket.on('data', (text: string) => socket.write(text, 'latin1')).once('end', () => socket.end());
}

export async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !condition(); await sleep(2))
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}`);
}

/** For what is expected not to happen: long enough to see it. */
export const aWhile = (): Promise<void> => sleep(150);

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
