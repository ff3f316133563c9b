import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, Connection } from './connection.ts';
import { Copies } from './copies.ts';
import { type Counts, noCounts } from './counts.ts';
import type { Requests } from './intake.ts';
import type { NamedToxic } from './named-toxic.ts';
import { randomFor } from './random.ts';
import type { Protocol } from './requests.ts';
import type { Toxic } from './toxics.ts';

/** A port that was ours a moment ago may be in use for an outgoing connection just now. */
const LISTEN_TRIES = 40;
const LISTEN_AGAIN_MS = 50;

export interface LinkSpec {
  readonly name: string;
  readonly listen: Address;
  readonly to: Address;
  readonly protocol: Protocol;
  /** What is drawn (toxicity, jitter, slices) is the same for the same seed. */
  readonly seed: number;
}

/** A port that is passed on to a server, and what happens on the way. */
export class Link {
  readonly spec: LinkSpec;
  readonly counts: Counts = noCounts();
  readonly #connections = new Set<Connection>();
  readonly #requests: Requests;
  readonly #draw: () => number;
  #toxics: readonly NamedToxic[] = [];
  #server: Server | undefined;
  #turn: Promise<void> = Promise.resolve();

  private constructor(spec: LinkSpec) {
    this.spec = spec;
    const { counts } = this;
    this.#requests = {
      protocol: spec.protocol,
      counts,
      copies: new Copies(spec.to, counts),
      crowd: new Set(),
      random: randomFor(`bytes ${spec.seed} ${spec.name}`),
    };
    this.#draw = randomFor(`connections ${spec.seed} ${spec.name}`);
  }

  /** @throws where the port cannot be had; port 0 takes a free one */
  static async open(spec: LinkSpec): Promise<Link> {
    const server = await listening(spec.listen);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : spec.listen.port;
    const link = new Link({ ...spec, listen: { ...spec.listen, port } });
    link.#serve(server);
    return link;
  }

  get toxics(): readonly NamedToxic[] {
    return this.#toxics;
  }

  /**
   * Puts a toxic on the link, in the place of one of the same name. Resolves when it is in force.
   *
   * @throws TypeError where it is done to requests and the link has none that are told apart
   */
  async add(name: string, toxic: Toxic): Promise<void> {
    if (this.spec.protocol === 'tcp' && (toxic.type === 'duplicate' || toxic.type === 'reorder'))
      throw new TypeError(`${toxic.type} is done to requests of HTTP or Kafka, which ${this.spec.name} has not`);
    return this.#change([...this.#toxics.filter((one) => one.name !== name), { name, toxic }]);
  }

  /** Takes a toxic away; nothing happens where it is not. */
  remove(name: string): Promise<void> {
    return this.#change(this.#toxics.filter((one) => one.name !== name));
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => this.#deaf());
    this.#requests.copies.stop();
    for (const connection of this.#connections) connection.destroy();
    await Promise.all([...this.#connections].map(({ closed }) => closed));
  }

  #change(toxics: readonly NamedToxic[]): Promise<void> {
    this.#toxics = toxics;
    if (!toxics.some(({ toxic }) => toxic.type === 'duplicate')) this.#requests.copies.stop();
    for (const connection of this.#connections) connection.change(toxics);
    return this.#inTurn(async () => {
      const isDown = this.#toxics.some(({ toxic }) => toxic.type === 'down' && toxic.toxicity === 1);
      if (isDown) this.#deaf();
      else if (this.#server === undefined) this.#serve(await listening(this.spec.listen));
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #deaf(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  #serve(server: Server): void {
    this.#server = server.on('connection', (client: Socket) => this.#accept(client));
  }

  #accept(client: Socket): void {
    const { counts } = this;
    const server = this.spec.to;
    const connection = new Connection({ client, server, requests: this.#requests, draw: this.#draw });
    counts.accepted += 1;
    counts.open += 1;
    this.#connections.add(connection);
    void connection.closed.then(() => {
      counts.open -= 1;
      this.#connections.delete(connection);
    });
    connection.change(this.#toxics);
  }
}

async function listening({ host, port }: Address, tries = LISTEN_TRIES): Promise<Server> {
  // A client's bytes wait in its socket until there is somebody to hand them to.
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  try {
    await promise;
  } catch (error) {
    if (port === 0 || tries <= 1) throw error;
    await sleep(LISTEN_AGAIN_MS);
    return listening({ host, port }, tries - 1);
  }
  return server;
}
