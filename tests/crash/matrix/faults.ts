import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetterList } from '@souk/contracts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import { poisoned } from '../../../tools/chaos/src/faults/kafka-poison.ts';
import { GROUP_NAMES, GROUPS } from '../../../tools/chaos/src/stores/consumer-groups.ts';
import type { Lab } from '../../seeded-bugs/lab.ts';
import type { Services } from '../support/services.ts';
import { processes, souk } from '../support/souk.ts';
import { assertAsFastAsEver, type Intake, intakeOf } from './intake.ts';
import type { ShopUnderLoad } from './shop-under-load.ts';

const DEAD_WITHIN_MS = 60_000;
const OTHERS_GO_ON_MS = 30_000;
/** Longer than a dead member is missed by Kafka, a hung relay by the others, and its payment calls by the supervisor. */
const TAKEN_OVER_WITHIN_MS = 45_000;

/** How long and how often, in the short form and in the full one. */
export interface Amounts {
  readonly replays: number;
  readonly lateMs: number;
  readonly kafkaDownMs: number;
  readonly backendDownMs: number;
  readonly databaseKills: number;
  readonly pausedMs: number;
  readonly powerCuts: number;
}
export const SHORT: Amounts = {
  replays: 1,
  lateMs: 8_000,
  kafkaDownMs: 15_000,
  backendDownMs: 8_000,
  databaseKills: 2,
  pausedMs: 15_000,
  powerCuts: 1,
};
export const FULL: Amounts = {
  replays: 3,
  lateMs: 30_000,
  kafkaDownMs: 60_000,
  backendDownMs: 60_000,
  databaseKills: 6,
  pausedMs: 60_000,
  powerCuts: 10,
};
const BETWEEN_KILLS_MS = 10_000;
const INTAKE_BEFORE_MS = 8_000;

/** What happens to a shop under load from outside its own code. Each resolves when the fault is over. */
export class Faults {
  readonly #lab: Lab;
  readonly #services: Services;
  readonly #shop: ShopUnderLoad;

  constructor(lab: Lab, services: Services, shop: ShopUnderLoad) {
    this.#lab = lab;
    this.#services = services;
    this.#shop = shop;
  }

  /** Everybody gets every message again. */
  async deliverAgain(times: number): Promise<void> {
    for (let time = 0; time < times; time++)
      for (const group of GROUP_NAMES) await this.#lab.deliverAgain(group, GROUPS[group], {});
  }

  /** Payment answers late, and now and then not at all though it has done its work: answers meet orders that went on. */
  async beLate(ms: number): Promise<void> {
    await this.#lab.turn({ latencyMs: 1_200, errorPercent: 25 });
    await sleep(ms);
    await this.#lab.turn({});
  }

  /** Bytes that are no message, a message of another shape, and one of nearly 1 MiB; others must not wait for them. */
  async poison(): Promise<void> {
    const kinds = ['bytes', 'wrong-shape', 'huge'] as const;
    const keys = kinds.map(() => randomUUID());
    const messages = kinds.map((kind, index) => poisoned(kind, 'reserve-stock.v1', keys[index] ?? ''));
    await this.#lab.produce('inventory.commands.v1', ...messages);
    await this.#shop.confirmsAnOrder(OTHERS_GO_ON_MS);
    await waitFor('all of it is among the dead letters', DEAD_WITHIN_MS, async () => {
      const dead = new Set((await this.#deadLetters()).map(({ key }) => key));
      return keys.every((key) => dead.has(key));
    });
    await this.#lab.discard(keys);
    for (const key of keys) this.#shop.discarded.add(key);
  }

  /** Orders are accepted while Kafka is away. */
  async kafkaDown(ms: number): Promise<void> {
    const accepted = (): number => this.#shop.customer.accepted.size;
    await this.#services.stop('kafka');
    try {
      const began = performance.now();
      const before = accepted();
      await waitFor('orders are accepted without Kafka', ms, async () => accepted() >= before + 3);
      await sleep(Math.max(0, ms - (performance.now() - began)));
    } finally {
      // Its own patience is for people; here is waited for everybody afterwards.
      await souk('restart', 'kafka');
    }
  }

  /** Nobody handles the commands for a while. @throws where orders were not taken as fast as just before */
  async backendDown(ms: number): Promise<void> {
    const before = await this.#intake(INTAKE_BEFORE_MS);
    await this.#services.stop('inventory');
    try {
      const during = await this.#intake(ms);
      console.log(`intake: median ${before.medianMs} ms before, ${during.medianMs} ms while inventory was away`);
      assertAsFastAsEver(before, during);
    } finally {
      await this.#services.restart('inventory');
    }
  }

  async killDatabase(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      process.kill(await this.#lab.pidOf('postgres'), 'SIGKILL');
      await sleep(BETWEEN_KILLS_MS);
    }
  }

  /** A replica stops in the middle of everything, with lanes, partitions, calls and perhaps the lease; the other one goes on. */
  async pauseReplica(ms: number): Promise<void> {
    const { pid } = await this.#lab.replica('order', {});
    await this.#shop.confirmsAnOrder(OTHERS_GO_ON_MS);
    const began = performance.now();
    await this.#lab.freeze(pid);
    await this.#shop.confirmsAnOrder(TAKEN_OVER_WITHIN_MS);
    await sleep(Math.max(0, ms - (performance.now() - began)));
    process.kill(pid, 'SIGCONT');
    await this.#shop.confirmsAnOrder(OTHERS_GO_ON_MS);
    await this.#lab.heal();
  }

  /** kill -9 of every process at once, the servers and the supervisor too; the next command finds nothing and starts all of it. */
  async powerCuts(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      for (const { pid } of await processes()) if (pid !== null) process.kill(pid, 'SIGKILL');
      await this.#services.allReady();
      await this.#shop.confirmsAnOrder(OTHERS_GO_ON_MS);
    }
  }

  /** How orders are taken for so long. */
  async #intake(ms: number): Promise<Intake> {
    const { edges } = this.#shop.customer.history;
    const begin = edges.length;
    await sleep(ms);
    return intakeOf(edges.slice(begin));
  }

  async #deadLetters(): Promise<DeadLetterList['items']> {
    const token = await this.#lab.context.token('admin');
    const path = '/api/admin/dead-letters?service=inventory';
    return (await this.#lab.api.expect<DeadLetterList>([200], 'GET', path, { token })).items;
  }
}
