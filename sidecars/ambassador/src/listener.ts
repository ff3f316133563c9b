import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Caller } from './caller.js';
import { exchange, type ExchangeParts } from './exchange.js';
import { createServer } from './node-http.js';
import { problemAnswer, type ProblemCode } from './problems.js';
import { addressOf } from './settings.js';

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  // Longer than the idle time of usual clients' sockets (4 s), so that it is they who close.
  keepAliveTimeout: 10_000,
};
const SWEEP_MS = 50;

/** A local port of the application's, behind which the upstream can change. */
export class Listener {
  readonly #server: Server;

  private constructor(
    public target: Caller,
    parts: Omit<ExchangeParts, 'target'>,
  ) {
    const exchangeParts: ExchangeParts = { ...parts, target: () => this.target };
    this.#server = createServer(LIMITS, (request, response) => void exchange(exchangeParts, request, response));
    this.#server.on('clientError', refuseUnreadable);
  }

  static async open(address: string, target: Caller, parts: Omit<ExchangeParts, 'target'>): Promise<Listener> {
    const listener = new Listener(target, parts);
    const server = listener.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(addressOf(address), () => {
        server.off('error', reject);
        resolve();
      });
    });
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** No new connections; resolves when the requests under way are answered. */
  async close(): Promise<void> {
    // close() ends only what is idle at that moment; what was busy then would be kept alive.
    const sweep = setInterval(() => this.#server.closeIdleConnections(), SWEEP_MS);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    clearInterval(sweep);
  }
}

/** What Node's HTTP parser refuses never becomes a request: the answer is written to the socket, which is closed then. */
function refuseUnreadable(error: Error & { code?: string }, stream: NodeJS.WritableStream): void {
  const socket = stream as Socket & { _httpMessage?: { headersSent?: boolean } | null };
  if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent === true) {
    socket.destroy(error);
    return;
  }
  const { status, headers, body } = problemAnswer(codeOf(error.code));
  const head = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`HTTP/1.1 ${status} Refused\r\n${head.join('\r\n')}\r\n\r\n${body.toString()}`);
  socket.destroySoon();
}

function codeOf(code: string | undefined): ProblemCode {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout';
  return code === 'HPE_HEADER_OVERFLOW' ? 'too-many-headers' : 'bad-request';
}
