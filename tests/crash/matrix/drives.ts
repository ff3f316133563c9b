import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetterList } from '@souk/contracts';
import type { ServiceName } from '../../../tools/cli/src/ports.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import type { Lab } from '../../seeded-bugs/lab.ts';
import type { Services } from '../support/services.ts';
import type { Drive } from './cases.ts';

const AGAIN_MS = 500;
const WITHIN_MS = 60_000;
/** The broker refuses it, and makes none up. */
const NO_SUCH_TOPIC = 'no.such.topic.v1';
/** Reservations live as long as a payment call takes; slow enough to be found, far below the patience of order. */
const SLOW_PAYMENT_MS = 1_500;

export interface Prepared {
  /** Armed together with the point of the case. */
  readonly also: readonly string[];
  /** Makes the process pass the point, once that is armed. */
  readonly go: () => Promise<unknown>;
}

const NOTHING: Prepared = { also: [], go: async () => undefined };
/** Fails every message while it is armed, so that real ones become dead letters. */
const FAILS: Partial<Record<ServiceName, string>> = {
  inventory: 'consumer.after-effect=throw',
  'order-query': 'view.before-project=throw',
};

/** Brings processes to points that a workload alone does not reach. */
export class Drives {
  readonly #lab: Lab;
  readonly #services: Services;

  constructor(lab: Lab, services: Services) {
    this.#lab = lab;
    this.#services = services;
  }

  async prepare(drive: Drive, name: ServiceName, stopped: AbortSignal): Promise<Prepared> {
    switch (drive) {
      case 'stop':
        await this.#leads(name);
        return { also: [], go: () => this.#terminate(name) };
      case 'poison':
        return { also: [failing(name)], go: NOTHING.go };
      case 'replay':
      case 'poisoned view':
        await this.#poison(name);
        return { also: [], go: () => this.#settleAll(name) };
      case 'overdue reservation':
        return { also: [], go: () => this.#expireAll(stopped) };
      case 'unpublishable':
        return { also: [], go: () => this.#owe(NO_SUCH_TOPIC) };
      case 'rebuild':
        return { also: [], go: () => this.#rebuild(stopped) };
      default:
        return NOTHING;
    }
  }

  /** Replays whatever has become a dead letter, and throws away what can never be sent; until nothing is left. */
  async tidyUp(): Promise<void> {
    await waitFor('no dead letter is left', WITHIN_MS, async () => {
      const letters = await this.#letters();
      for (const { service, id, kind } of letters)
        await this.#admin(
          'POST',
          `/api/admin/dead-letters/${service}/${id}/${kind === 'outbox' ? 'discard' : 'replay'}`,
        );
      // A row that has not been tried yet is refused only after this, and so is one that waits behind another.
      return letters.length === 0 && !(await this.#isOwed(NO_SUCH_TOPIC));
    });
  }

  /** Only a leader has a lease to release; after a crash that is over before its lease, nobody leads for a while. */
  async #leads(name: ServiceName): Promise<void> {
    await waitFor(`${name} is the leader`, WITHIN_MS, async () => {
      const points = (await this.#services.points(name))?.failpoints ?? [];
      return points.some(({ name, hits }) => name === 'election.after-acquire' && hits > 0);
    });
  }

  async #terminate(name: ServiceName): Promise<void> {
    const { pid } = await this.#services.status(name);
    if (pid !== null) process.kill(pid, 'SIGTERM');
  }

  async #poison(name: ServiceName): Promise<void> {
    await this.#services.arm(name, failing(name));
    await waitFor(`${name} has a dead letter`, WITHIN_MS, async () => (await this.#received(name)).length > 0);
  }

  async #settleAll(name: ServiceName): Promise<void> {
    // The answer is lost with the process that gives it.
    for (const { id } of await this.#received(name))
      await this.#admin('POST', `/api/admin/dead-letters/${name}/${id}/replay`).catch(() => undefined);
  }

  /** Lets reservations run out while their payment takes its time. */
  async #expireAll(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      // Turned again and again: the simulator may have been restarted, and forgets.
      await this.#lab.turn({ latencyMs: SLOW_PAYMENT_MS }).catch(() => undefined);
      await this.#lab.sql('inventory', "update reservations set expires_at = now() where state = 'live'");
      await sleep(AGAIN_MS);
    }
    await this.#lab.turn({});
  }

  /** A message that is written like any other, and that no broker takes. */
  async #owe(topic: string): Promise<void> {
    const row = `insert into outbox (lane, topic, key, headers, value) values (0, $1, 'crash', '{}', '{}')`;
    await this.#lab.sql('inventory', row, [topic]);
  }

  async #isOwed(topic: string): Promise<boolean> {
    const rows = await this.#lab.sql('inventory', 'select from outbox where topic = $1 limit 1', [topic]);
    return rows.length > 0;
  }

  async #rebuild(stopped: AbortSignal): Promise<void> {
    const url = `http://127.0.0.1:${this.#lab.instance.ports.management['order-query']}/rebuild`;
    while (!stopped.aborted) {
      await fetch(url, { method: 'POST' }).catch(() => undefined);
      await sleep(AGAIN_MS);
    }
  }

  /** Those that were received; the others are of an outbox. */
  async #received(name: ServiceName): Promise<DeadLetterList['items']> {
    return (await this.#letters(name)).filter(({ kind }) => kind !== 'outbox');
  }

  async #letters(service?: ServiceName): Promise<DeadLetterList['items']> {
    const filter = service === undefined ? '' : `?service=${service}`;
    const { items, missing } = await this.#admin<DeadLetterList>('GET', `/api/admin/dead-letters${filter}`);
    if (missing.length > 0)
      throw new Error(`no word of the dead letters of ${missing.map((one) => one.service).join(', ')}`);
    return items;
  }

  async #admin<T>(method: string, path: string): Promise<T> {
    const token = await this.#lab.context.token('admin');
    return this.#lab.api.expect<T>([200, 202], method, path, { token });
  }
}

function failing(name: ServiceName): string {
  const spec = FAILS[name];
  if (spec === undefined) throw new Error(`nothing makes the messages of ${name} fail`);
  return spec;
}
