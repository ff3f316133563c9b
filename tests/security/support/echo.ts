import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived behind the gateway. */
export interface Arrival {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** Names and values as sent, by turns: what is there twice stands there twice. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

type Answer = (arrival: Arrival, response: ServerResponse) => void;

const SOUND: Answer = (_arrival, response) =>
  void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');

/** A server in the place of every service: it remembers what got through, and answers 200 with `{}` unless told otherwise. */
export class Echo {
  /** What arrived since the last `forget`, in the order of arrival; a request counts when its headers are there. */
  arrivals: Arrival[] = [];
  answer: Answer = SOUND;
  readonly #server: Server;

  constructor() {
    // Forgiving: what a stricter reader would not take for a request counts as one that got through.
    const options = { insecureHTTPParser: true, requireHostHeader: false };
    this.#server = createServer(options, async (incoming, response) => {
      const { method = '', url = '', headers, rawHeaders } = incoming;
      const chunks: Buffer[] = [];
      const arrival = { method, url, headers, rawHeaders, body: Buffer.alloc(0) };
      this.arrivals.push(arrival);
      try {
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
      } catch {
        return; // the gateway hung up; that it came is what counts
      }
      arrival.body = Buffer.concat(chunks);
      this.answer(arrival, response);
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets what arrived and answers as in the beginning. */
  forget(): void {
    this.arrivals = [];
    this.answer = SOUND;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
