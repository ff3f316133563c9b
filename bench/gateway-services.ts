import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { KILOBYTE, serviceAnswers } from './gateway-answers.ts';

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers as healthy services do. */
export const healthy: Behaviour = (request, response) => {
  const body = serviceAnswers[request.url?.split('?', 1)[0] ?? ''] ?? KILOBYTE;
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
};

/** All services in one, which behave as they are told at the moment. */
export class ScriptedServices {
  behaviour: Behaviour = healthy;
  /** That arrived, answered or not. */
  requests = 0;
  readonly #server: Server = createServer((request, response) => {
    this.requests += 1;
    request.resume();
    this.behaviour(request, response);
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
