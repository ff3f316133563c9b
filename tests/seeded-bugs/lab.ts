import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { DeadLetterList, PaymentKnobs, Product, ProductPage } from '@souk/contracts';
import type { ServiceName } from '../../tools/cli/src/ports.ts';
import { TopicAudit } from '../../tools/cli/src/shop/audit/read-topics.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { brokersOf, type Message, produce, rewind } from '../../tools/chaos/src/stores/kafka.ts';
import { dropTriggers, holdOutbox } from '../../tools/chaos/src/stores/outbox-triggers.ts';
import { turnKnobs } from '../../tools/chaos/src/stores/payment-simulator.ts';
import { ownerUrl, withSession } from '../../tools/chaos/src/stores/postgres.ts';
import { HostTarget } from '../../tools/chaos/src/target/host.ts';
import { INSTANCE, soukOk } from '../crash/support/souk.ts';
import { Round } from './round.ts';

const READY_MS = 60_000;
const PRODUCTS_A_ROUND = 3;
const STOCK = 500;
/** Above the ports of the instance itself. */
const REPLICA_OFFSET = 400;
const NO_FAULTS: PaymentKnobs = { declinePercent: 0, latencyMs: 0, errorPercent: 0 };

/** How services are started: their variants, and the failpoints that are armed from the start. */
export interface Setting {
  readonly variants?: string;
  readonly failpoints?: string;
}

/** A shop of its own where everything may be broken: services with variants, failpoints, second replicas, frozen processes. */
export class Lab {
  readonly target: HostTarget;
  readonly topics: TopicAudit;
  readonly #products: Product[];
  readonly #undo: (() => Promise<unknown>)[] = [];
  /** Services that run with variants or armed failpoints. */
  #changed: readonly ServiceName[] = [];

  private constructor(target: HostTarget, topics: TopicAudit, products: Product[]) {
    this.target = target;
    this.topics = topics;
    this.#products = products;
  }

  static async open(): Promise<Lab> {
    await soukOk('up', '--infra', 'embedded', '--no-order');
    const target = HostTarget.open(INSTANCE);
    const pages = [1, 2].map((page) =>
      target.api.expect<ProductPage>([200], 'GET', `/api/products?pageSize=100&page=${page}`),
    );
    const products = (await Promise.all(pages)).flatMap(({ items }) => items);
    return new Lab(target, await TopicAudit.open(target.context.urls), products);
  }

  get context(): HostTarget['context'] {
    return this.target.context;
  }

  get instance(): HostTarget['instance'] {
    return this.target.instance;
  }

  get api(): HostTarget['api'] {
    return this.target.api;
  }

  /** Customers and products that no other round has, so that what an earlier bug has broken is not seen again. */
  async round(units = STOCK): Promise<Round> {
    const products = this.#products.splice(0, PRODUCTS_A_ROUND);
    if (products.length < PRODUCTS_A_ROUND) throw new Error('the lab has no fresh products left');
    // What is there from the seed is not counted: a round may want little.
    const taken = products.map(({ sku }) => ({ sku, quantity: units }));
    const body = { receiptId: `round-${randomUUID()}`, lines: taken };
    await this.api.expect([200, 201], 'POST', '/api/admin/stock/receipts', {
      token: await this.context.token('admin'),
      body,
    });
    return Round.begin(this, products);
  }

  /** Starts services anew with this setting, and those that have another one as they should be. */
  async restart(services: readonly ServiceName[], setting: Setting): Promise<void> {
    const sound = this.#changed.filter((name) => !services.includes(name));
    this.#changed = services;
    await Promise.all([
      ...services.map((name) => this.target.restart(name, { env: envOf(setting) })),
      ...sound.map((name) => this.target.restart(name, { env: envOf({}) })),
    ]);
  }

  /** A second process of a service that belongs to no supervisor; it ends with `heal`. */
  async replica(service: ServiceName, setting: Setting): Promise<{ pid: number }> {
    const spec = this.target.spec(service);
    const management = this.instance.ports.management[service] + REPLICA_OFFSET;
    const ports = {
      HTTP_PORT: String(this.instance.ports.of[service] + REPLICA_OFFSET),
      MANAGEMENT_PORT: String(management),
    };
    const env = { ...spec.env, ...envOf(setting), ...ports };
    const child = spawn(spec.command, spec.args, { cwd: spec.cwd, env, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    this.#undo.push(async () => {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
    });
    await waitFor(`the second ${service} is ready`, READY_MS, () => answersReady(management));
    return { pid: child.pid ?? 0 };
  }

  /** Arms failpoints of a running service; '' disarms all. */
  async arm(service: ServiceName, spec: string): Promise<void> {
    const url = `http://127.0.0.1:${this.instance.ports.management[service]}/failpoints`;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ spec }) });
    if (!answer.ok) throw new Error(`${service} does not arm '${spec}': ${answer.status} ${await answer.text()}`);
    this.#undo.push(() => fetch(url, { method: 'PUT', headers, body: JSON.stringify({ spec: '' }) }).catch(() => 0));
  }

  async turn(knobs: Partial<PaymentKnobs>): Promise<void> {
    await turnKnobs(this.context.urls['PAYMENT_URL'] ?? '', { ...NO_FAULTS, ...knobs });
    if (knobs !== NO_FAULTS) this.#undo.push(() => this.turn(NO_FAULTS));
  }

  async pidOf(name: string): Promise<number> {
    const { pid } = await this.target.process(name);
    if (pid === null) throw new Error(`${name} does not run`);
    return pid;
  }

  /** kill -9; resolves when the supervisor has brought all of them back. */
  async kill(...services: ServiceName[]): Promise<void> {
    const pids = await Promise.all(services.map((name) => this.pidOf(name)));
    await Promise.all(services.map((name) => this.target.signal(name, 'SIGKILL')));
    await waitFor(`${services.join(' and ')} are new processes`, READY_MS, async () => {
      const now = await Promise.all(services.map((name) => this.pidOf(name).catch(() => undefined)));
      return now.every((pid, index) => pid !== undefined && pid !== pids[index]);
    });
    await this.target.works(services);
  }

  /** An operator gives up on every dead letter of these keys. */
  async discard(keys: readonly string[]): Promise<void> {
    const token = await this.context.token('admin');
    const path = '/api/admin/dead-letters';
    const { items } = await this.api.expect<DeadLetterList>([200], 'GET', `${path}?limit=500`, { token });
    for (const { service, id, key } of items) {
      if (keys.includes(key)) await this.api.expect([200], 'POST', `${path}/${service}/${id}/discard`, { token });
    }
  }

  close(): Promise<void> {
    return this.topics.close();
  }

  /** Nothing of the process runs until `heal`, or for `ms`. */
  async freeze(pid: number, ms?: number): Promise<void> {
    process.kill(pid, 'SIGSTOP');
    const thaw = async (): Promise<void> => {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // It has been killed meanwhile, which is as good.
      }
    };
    this.#undo.push(thaw);
    if (ms !== undefined) setTimeout(() => void thaw(), ms);
  }

  /** A message as somebody else might send it. */
  async produce(topic: string, ...messages: Message[]): Promise<void> {
    await produce(brokersOf(this), topic, messages);
  }

  /** Stops the group's members, makes it read everything again, and starts them. */
  async deliverAgain(service: ServiceName, topics: readonly string[], setting: Setting): Promise<void> {
    await this.target.stop(service);
    try {
      await rewind(brokersOf(this), service, topics);
    } finally {
      await this.target.restart(service, { env: envOf(setting) });
    }
  }

  /** Runs SQL as the owner of a service's database. */
  async sql(service: 'order' | 'inventory' | 'payment', text: string, values: unknown[] = []): Promise<unknown[]> {
    return withSession(ownerUrl(this, service), async (client) => {
      return (await client.query<object>(text, values.length > 0 ? values : undefined)).rows;
    });
  }

  /** Statements pause for up to `ms` before they write outbox rows, and after: neither ids nor transactions are seen in their order. */
  async holdOutbox(service: 'order' | 'inventory', ms: number): Promise<void> {
    await holdOutbox(ownerUrl(this, service), ms);
    this.#undo.push(() => dropTriggers(ownerUrl(this, service)));
  }

  /** Ends every fault that was begun since the last time, the latest first. */
  async heal(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo();
  }
}

const envOf = ({ variants = '', failpoints = 'on' }: Setting): Record<string, string> => ({
  SOUK_VARIANTS: variants,
  SOUK_FAILPOINTS: failpoints,
});

async function answersReady(managementPort: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${managementPort}/readyz`).catch(() => undefined);
  return answer?.status === 200;
}
