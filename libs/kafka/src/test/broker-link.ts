import { Socket } from 'node:net';

interface Address {
  port?: number | string;
}

/** Nothing listens there: the port is reserved for nobody. */
const NOBODY = 1;

/**
 * The connections of this process to a port, which can be cut: those there are break, new ones are refused. A client finds
 * brokers by the addresses that they tell, so a proxy in between would be passed by.
 */
export class BrokerLink {
  readonly #port: string;
  readonly #open = new Set<Socket>();
  // Called with the socket that connects.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  readonly #connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;
  #cut = false;

  constructor(broker: string) {
    this.#port = broker.split(':').at(-1) ?? '';
    const join = (socket: Socket, to: Address): void => this.#join(socket, to);
    const connect = this.#connect;
    const watched = function (this: Socket, ...args: unknown[]): Socket {
      const to = Array.isArray(args[0]) ? (args[0] as unknown[])[0] : args[0];
      if (typeof to === 'object' && to !== null) join(this, to);
      return connect.apply(this, args);
    };
    Socket.prototype.connect = watched as typeof Socket.prototype.connect;
  }

  #join(socket: Socket, to: Address): void {
    if (String(to.port) !== this.#port) return;
    if (this.#cut) to.port = NOBODY;
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
  }

  cut(): void {
    this.#cut = true;
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    for (const socket of this.#open) socket.destroy(reset);
  }

  mend(): void {
    this.#cut = false;
  }

  release(): void {
    this.mend();
    Socket.prototype.connect = this.#connect as typeof Socket.prototype.connect;
  }
}
