import type { Server } from 'node:http';
import { type Server as Door, Server as NetServer, type Socket } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

export interface PartingLimits {
  /** Longer than clients keep an idle connection: by then each one was told to go, or closed by its client. */
  readonly partingMs: number;
  /** No connection came for so long: nobody is on the way to the door. */
  readonly quietMs: number;
  /** For those who came after the others had gone. */
  readonly lastMs: number;
}

/**
 * Takes leave of all clients without failing a request of theirs. A connection that is closed while a request is on its way fails
 * it, and an order must not be sent twice; a connection that waits to be accepted when the door shuts is lost as well. So first, behind
 * an open door, those who were there are told to go by `Connection: close`, while those who come may stay, which ends the coming and
 * going. Then the door shuts in a quiet moment, and the rest are told.
 */
export async function partFromClients(server: Server, { partingMs, quietMs, lastMs }: PartingLimits): Promise<void> {
  const newcomers = new WeakSet<Socket>();
  let [isShut, present, lastCame] = [false, 0, performance.now()];
  const came = (socket: Socket): void => void newcomers.add(socket);
  server.on('connection', (socket: Socket) => {
    came(socket);
    lastCame = performance.now();
    present += 1;
    socket.once('close', () => (present -= 1));
  });
  // Over TLS, requests come by the socket inside of the other one.
  server.on('secureConnection', came);
  server.prependListener('request', (request, response) => {
    if (isShut || !newcomers.has(request.socket)) response.setHeader('connection', 'close');
  });
  const isQuiet = (): boolean => performance.now() - lastCame > quietMs;
  await until(async () => (await connectionsOf(server)) <= present && isQuiet(), partingMs);
  await shut(server);
  isShut = true;
  await until(async () => (await connectionsOf(server)) === 0, lastMs);
}

/** No more connections; those that are there go on. Whoever closes the server later finds it closed, not broken. */
async function shut(server: Server): Promise<void> {
  const closed = Promise.withResolvers<void>();
  // In the check phase: whoever waited has just been let in.
  await setImmediate();
  // Not its own close, which would cut idle connections, on which a request may be on its way.
  NetServer.prototype.close.call(server as Door, () => closed.resolve());
  server.close = (done?: (error?: Error) => void) => {
    server.closeIdleConnections();
    void closed.promise.then(() => done?.());
    return server;
  };
}

async function until(isSo: () => Promise<boolean>, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (performance.now() < end && !(await isSo())) await sleep(LOOK_EVERY_MS);
}

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)));
