import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { DeadLetterList, PaymentKnobs, Product, ProductPage } from '@souk/contracts';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { openInstance, type Instance } from '../../tools/cli/src/instance.ts';
import type { ServiceName } from '../../tools/cli/src/ports.ts';
import { serviceSpecs } from '../../tools/cli/src/shop-processes.ts';
import { infraUrlsOf } from '../../tools/cli/src/urls.ts';
import { ApiClient } from '../../tools/cli/src/shop/api-client.ts';
import { TopicAudit } from '../../tools/cli/src/shop/audit/read-topics.ts';
import { shopContext, type ShopContext } from '../../tools/cli/src/shop/context.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { ask, command as supervisorCommand } from '../../tools/cli/src/supervisor/launch.ts';
import type { ProcessSpec } from '../../tools/cli/src/supervisor/process-spec.ts';
import { waitReady } from '../../tools/cli/src/supervisor/wait.ts';
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
  readonly context: ShopContext = shopContext(INSTANCE);
  readonly instance: Instance = openInstance(INSTANCE);
  readonly api: ApiClient;
  readonly topics: TopicAudit;
  readonly #products: Product[];
  readonly #undo: (() => Promise<unknown>)[] = [];
  /** Services that run with variants or armed failpoints. */
  #changed: readonly ServiceName[] = [];

  private constructor(api: ApiClient, topics: TopicAudit, products: Product[]) {
    this.api = api;
    this.topics = topics;
    this.#products = products;
  }

  static async open(): Promise<Lab> {
    await soukOk('up', '--infra', 'embedded', '--no-order');
    const api = new ApiClient(shopContext(INSTANCE).gatewayUrl);
    const pages = [1, 2].map((page) =>
      api.expect<ProductPage>([200], 'GET', `/api/products?pageSize=100&page=${page}`),
    );
    const products = (await Promise.all(pages)).flatMap(({ items }) => items);
    return new Lab(api, await TopicAudit.open(shopContext(INSTANCE).urls), products);
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
    const specs = [...this.#specs(services, setting), ...this.#specs(sound, {})];
    await supervisorCommand(this.instance, { op: 'restart', specs });
    this.#changed = services;
    await waitReady(this.instance, [...services, ...sound], READY_MS);
    await this.#listening([...services, ...sound]);
  }

  /** A second process of a service that belongs to no supervisor; it ends with `heal`. */
  async replica(service: ServiceName, setting: Setting): Promise<{ pid: number }> {
    const [spec] = this.#specs([service], setting);
    if (spec === undefined) throw new Error(`there is no service ${service}`);
    const management = this.instance.ports.management[service] + REPLICA_OFFSET;
    const ports = {
      HTTP_PORT: String(this.instance.ports.of[service] + REPLICA_OFFSET),
      MANAGEMENT_PORT: String(management),
    };
    const child = spawn(spec.command, spec.args, { cwd: spec.cwd, env: { ...spec.env, ...ports }, stdio: 'ignore' });
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
    const body = { ...NO_FAULTS, ...knobs };
    const payment = new ApiClient(this.context.urls['PAYMENT_URL'] ?? '');
    // It may be on its way back from a crash.
    await waitFor('payment takes its knobs', READY_MS, async () => {
      await payment.expect([200], 'PUT', '/knobs', { body });
      return true;
    });
    if (knobs !== NO_FAULTS) this.#undo.push(() => this.turn(NO_FAULTS));
  }

  async pidOf(name: string): Promise<number> {
    const pid = (await ask(this.instance, { op: 'status' }))?.processes.find((one) => one.name === name)?.pid;
    if (typeof pid !== 'number') throw new Error(`${name} does not run`);
    return pid;
  }

  /** kill -9; resolves when the supervisor has brought all of them back. */
  async kill(...services: ServiceName[]): Promise<void> {
    const pids = await Promise.all(services.map((name) => this.pidOf(name)));
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await waitFor(`${services.join(' and ')} are new processes`, READY_MS, async () => {
      const now = await Promise.all(services.map((name) => this.pidOf(name).catch(() => undefined)));
      return now.every((pid, index) => pid !== undefined && pid !== pids[index]);
    });
    await waitReady(this.instance, services, READY_MS);
    await this.#listening(services);
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
  async produce(topic: string, ...messages: { key: string; value: string; headers: Record<string, string> }[]) {
    const producer = this.#kafka().producer();
    await producer.connect();
    try {
      await producer.send({ topic, messages });
    } finally {
      await producer.disconnect();
    }
  }

  /** Stops the group's members, makes it read everything again, and starts them. */
  async deliverAgain(service: ServiceName, topics: readonly string[], setting: Setting): Promise<void> {
    await supervisorCommand(this.instance, { op: 'stop', names: [service] });
    const admin = this.#kafka().admin();
    await admin.connect();
    try {
      for (const topic of topics) await admin.resetOffsets({ groupId: service, topic, earliest: true });
    } finally {
      await admin.disconnect();
      await supervisorCommand(this.instance, { op: 'start', specs: this.#specs([service], setting) });
      await waitReady(this.instance, [service], READY_MS);
      await this.#listening([service]);
    }
  }

  /** Runs SQL as the owner of a service's database. */
  async sql(service: 'order' | 'inventory' | 'payment', text: string, values: unknown[] = []): Promise<unknown[]> {
    const client = new pg.Client({
      connectionString: this.context.urls[`${service.toUpperCase()}_OWNER_DATABASE_URL`] ?? '',
    });
    await client.connect();
    try {
      return (await client.query(text, values.length > 0 ? values : undefined)).rows;
    } finally {
      await client.end();
    }
  }

  /** Statements pause for up to `ms` before they write outbox rows, and after: neither ids nor transactions are seen in their order. */
  async holdOutbox(service: 'order' | 'inventory', ms: number): Promise<void> {
    await this.sql(
      service,
      `create function hold_outbox() returns trigger language plpgsql as
         $$ begin perform pg_sleep(random() * ${ms / 1_000}); return null; end $$;
       create trigger hold_before before insert on outbox for each statement execute function hold_outbox();
       create trigger hold_after after insert on outbox for each statement execute function hold_outbox()`,
    );
    this.#undo.push(() => this.sql(service, 'drop function hold_outbox cascade'));
  }

  /** Ends every fault that was begun since the last time, the latest first. */
  async heal(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo();
  }

  #kafka(): Kafka {
    const brokers = (this.context.urls['KAFKA_URL'] ?? '').split(',');
    return new Kafka({ clientId: 'seeded-bugs', brokers, logLevel: logLevel.NOTHING });
  }

  #specs(services: readonly ServiceName[], { variants = '', failpoints = 'on' }: Setting): ProcessSpec[] {
    return serviceSpecs(this.instance, infraUrlsOf(this.context.urls))
      .filter(({ name }) => (services as readonly string[]).includes(name))
      .map((spec) => ({ ...spec, env: { ...spec.env, SOUK_VARIANTS: variants, SOUK_FAILPOINTS: failpoints } }));
  }

  /** Ready does not say that a consumer has its partitions yet (order is ready without Kafka). */
  async #listening(services: readonly ServiceName[]): Promise<void> {
    const groups = services.filter((name) => name === 'order' || name === 'inventory');
    const admin = this.#kafka().admin();
    await admin.connect();
    try {
      await waitFor(`${groups.join(', ')} consume`, READY_MS, async () => {
        const { groups: found } = await admin.describeGroups([...groups]);
        return found.every(({ state, members }) => state === 'Stable' && members.length > 0);
      });
    } finally {
      await admin.disconnect();
    }
  }
}

async function answersReady(managementPort: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${managementPort}/readyz`).catch(() => undefined);
  return answer?.status === 200;
}
