import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { forward, type ClusterRef, type Forward } from './kubectl.ts';

const LOOPBACK = '127.0.0.1';
/** After a forward that failed: kubectl is a large program, and whoever asks again asks often. */
const TRY_AGAIN_AFTER_MS = 700;

/** What a Way leads to: a Service by its name, or `pod/NAME`, and a port of it by name or number. */
export interface Destination {
  readonly target: string;
  readonly port: string | number;
}

/**
 * A port of loopback that leads into a cluster for as long as it is open, whichever pods come and go behind it: kubectl is started
 * when somebody connects, and anew when its pod is gone. A connection that finds nobody there is closed.
 */
export class Way {
  readonly #open: () => Promise<Forward>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #forward: Promise<Forward> | undefined;
  #isClosed = false;

  private constructor(open: () => Promise<Forward>) {
    this.#open = open;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#lead(socket));
  }

  static open(ref: ClusterRef, { target, port }: Destination): Promise<Way> {
    return Way.through(() => forward(ref, target, port));
  }

  /** @param open opens a forward that may end at any time */
  static async through(open: () => Promise<Forward>): Promise<Way> {
    const way = new Way(open);
    await new Promise<void>((resolve, reject) => {
      way.#server.once('error', reject);
      way.#server.listen(0, LOOPBACK, resolve);
    });
    return way;
  }

  /** `127.0.0.1:PORT` */
  get host(): string {
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.#forward?.then((one) => one.close()).catch(() => undefined);
  }

  async #lead(near: Socket): Promise<void> {
    this.#keep(near);
    const found = this.#forwardNow();
    const opened = await found.catch(() => undefined);
    if (opened === undefined || near.destroyed || this.#isClosed) return void near.destroy();
    const far = connect({ host: LOOPBACK, port: Number(new URL(opened.url).port), allowHalfOpen: true });
    this.#keep(far);
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
    // Nobody is behind it any more; some versions of kubectl do not notice.
    const isInVain = (): boolean => far.bytesRead === 0 && near.bytesRead > 0;
    for (const over of ['end', 'error'] as const) far.once(over, () => isInVain() && this.#drop(found));
  }

  #forwardNow(): Promise<Forward> {
    if (this.#forward !== undefined) return this.#forward;
    const opening = this.#open();
    this.#forward = opening;
    opening.then(
      ({ ended }) => void ended.then(() => this.#forget(opening)),
      () => setTimeout(() => this.#forget(opening), TRY_AGAIN_AFTER_MS).unref(),
    );
    return opening;
  }

  #drop(opened: Promise<Forward>): void {
    this.#forget(opened);
    void opened.then((one) => one.close()).catch(() => undefined);
  }

  #forget(opened: Promise<Forward>): void {
    if (this.#forward === opened) this.#forward = undefined;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
