import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
/** A status, with headers and body if that matters; `hang` never answers, `reset` cuts the connection. */
export type Step =
  | number
  | 'hang'
  | 'reset'
  | { status: number; headers?: Record<string, string>; body?: string }
  | ((response: ServerResponse) => void);

/** An upstream that does what the test says, and remembers what it was asked. */
export class ScriptedUpstream {
  readonly calls: ReceivedCall[] = [];
  /** What happens to the call of this number, from 0. */
  script: (index: number) => Step = () => 200;
  /** Calls whose connection ended before their answer. */
  abandoned = 0;
  readonly #server: Server;
  readonly #scheme: string;

  constructor(tls?: ServerOptions) {
    const handle = (request: IncomingMessage, response: ServerResponse): void => void this.#handle(request, response);
    this.#server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
    this.#scheme = tls === undefined ? 'http' : 'https';
    // Never the one that ends a kept connection: a test says itself when one is cut.
    this.#server.keepAliveTimeout = 60_000;
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.once('close', () => (this.abandoned += response.writableFinished ? 0 : 1));
    const { method = '', url: path = '', headers } = request;
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    const step = this.script(this.calls.length);
    this.calls.push({ method, path, headers, body: body.toString() });
    if (step === 'hang') return;
    if (step === 'reset') request.socket.destroy();
    else if (typeof step === 'function') step(response);
    else if (typeof step === 'number') response.writeHead(step, { 'content-type': 'application/json' }).end('{}');
    else response.writeHead(step.status, step.headers).end(step.body);
  }
}
