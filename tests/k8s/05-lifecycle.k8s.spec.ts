import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { CliError } from '../../tools/cli/src/errors.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { drawn, isShort } from '../../tools/cli/src/testing/short-form.ts';
import type { Shop } from '../e2e/support/shop.ts';
import { auditCluster } from './support/books.ts';
import { openClusterShop } from './support/cluster-shop.ts';
import {
  DEPLOYMENTS,
  helm,
  IDENTITY,
  kube,
  NODE_PORT,
  pods,
  readyPods,
  restartsOf,
  rolledOut,
  ROUNDS,
  soukOk,
} from './support/cluster.ts';
import { crashProcess, killCollector } from './support/kill.ts';
import { type LoadReport, underLoad } from './support/load.ts';
import { REQUESTS_PER_SECOND } from './support/traffic.ts';
import { unnoticed as nobodyNoticed } from './support/unnoticed.ts';

const TWO = join(import.meta.dirname, 'two-of-each.yaml');
/** Ends what hangs; every step has a bound of its own, and how long all of them take says nothing but how fast the node is. */
const HANG_MS = 900_000;
const accepted = new Set<string>();
let shop: Shop;
let before: ReadonlySet<string>;

async function loaded(what: string, work: () => Promise<unknown>): Promise<LoadReport> {
  const report = await underLoad(shop, what, work);
  for (const orderId of report.orderIds) accepted.add(orderId);
  expect(report.shots.length).toBeGreaterThan(0.9 * REQUESTS_PER_SECOND * report.seconds);
  return report;
}

const unnoticed = (what: string, work: () => Promise<unknown>): Promise<void> =>
  nobodyNoticed(what, () => loaded(what, work));

beforeAll(async () => {
  await soukOk('up', '--node-port', NODE_PORT, '--values', TWO);
  for (const name of DEPLOYMENTS) await readyPods(name, 2);
  shop = await openClusterShop();
  before = (await auditCluster()).orders;
}, 240_000);

/** Those that take minutes: the short form has one of them, by the seed, and all of the others. */
const LONG: readonly (readonly [string, () => Promise<void>])[] = [
  [
    'a rolling restart of every deployment is not noticed',
    async () => {
      const old = (await pods()).map(({ metadata }) => metadata.name);
      // With the last of them the one that there is only one of: who has a token goes on without it.
      const rounds = [...ROUNDS.slice(0, -1), [...ROUNDS.slice(-1).flat(), IDENTITY]];
      await unnoticed('rolling restart', async () => {
        for (const names of rounds) {
          await kube(['rollout', 'restart', ...names.map((name) => `deployment/${name}`)]);
          await rolledOut(...names);
        }
      });
      const now = (await Promise.all(DEPLOYMENTS.map((name) => readyPods(name, 2)))).flat();
      expect(now.filter(({ metadata }) => old.includes(metadata.name))).toEqual([]);
    },
  ],
  [
    'evictions take one pod of each, are refused the second with 429, and are not noticed',
    async () => {
      const outcomes: Record<string, string[]> = {};
      await unnoticed('evictions', async () => {
        for (const names of ROUNDS) {
          for (const name of names) {
            const both = await readyPods(name, 2);
            outcomes[name] = [];
            for (const { metadata } of both) outcomes[name].push(await evict(metadata.name));
          }
          for (const name of names) await readyPods(name, 2);
        }
      });
      const expected = DEPLOYMENTS.map((name) => [name, ['evicted', '429']]);
      expect(outcomes).toEqual(Object.fromEntries(expected));
    },
  ],
  [
    'scaling gateway, catalog, inventory and order to one pod, three and one is not noticed',
    async () => {
      await unnoticed('1 → 3 → 1', async () => {
        for (const name of ['gateway', 'catalog', 'inventory', 'order']) {
          for (const replicas of [1, 3, 1]) {
            await kube(['scale', `--replicas=${replicas}`, `deployment/${name}`]);
            await readyPods(name, replicas);
          }
        }
      });
      // Whatever comes next needs two.
      for (const name of ['gateway', 'catalog', 'inventory', 'order']) {
        await kube(['scale', '--replicas=2', `deployment/${name}`]);
        await readyPods(name, 2);
      }
    },
  ],
  [
    'helm upgrade with a changed setting, and rollback, are not noticed; the setup Job runs again',
    async () => {
      // Any setting will do, but for the level of the logs, which say what was wrong.
      const rate = () => kube(['get', 'configmap', 'order', '--output', 'jsonpath={.data.TRACES_PER_SECOND}']);
      const was = await rate();
      await unnoticed('upgrade and rollback', async () => {
        const set = ['--set-string', 'order.config.TRACES_PER_SECOND=9'];
        await helm('upgrade', 'souk', 'charts/souk', '--reuse-values', ...set, '--wait', '--timeout', '180s');
        expect(await rate()).toBe('9');
        await helm('rollback', 'souk', '--wait', '--timeout', '180s');
      });
      expect(await rate()).toBe(was);
    },
  ],
  [
    // Evictions take one of each in the same way; here nothing asks the budget first.
    'a pod of gateway and one of order deleted, one after the other, is not noticed',
    async () => {
      await unnoticed('pods deleted', async () => {
        for (const name of ['gateway', 'order']) {
          const [victim] = await readyPods(name, 2);
          if (victim) await kube(['delete', 'pod', victim.metadata.name, '--wait=false']);
          await readyPods(name, 2);
        }
      });
    },
  ],
];

describe('under load, through a port of the node, nobody trying twice', () => {
  it.each(drawn(LONG))('%s', async (_title, work) => work(), HANG_MS);

  it(
    'SCR: a collector that dies under load is not noticed, and comes back',
    async () => {
      const [pod] = await readyPods('order', 2);
      if (!pod) throw new Error('order has no pod');
      const before = restartsOf(pod, 'collector');
      let after = before;
      await unnoticed('collector of order killed', async () => {
        after = await killCollector(pod);
      });
      expect(after).toBeGreaterThan(before);
    },
    HANG_MS,
  );

  it(
    'a process that dies on the spot fails what it was about, for as long as it is taken for ready',
    async () => {
      const { failed, shots } = await loaded('order dies', async () => {
        const [pod] = await readyPods('order', 2);
        if (pod) await crashProcess(pod, 'order');
        await readyPods('order', 2);
      });
      // Reads of others go on, and most of the orders: the second pod is there.
      expect(failed.filter(({ what }) => what !== 'order')).toEqual([]);
      expect(failed.length).toBeLessThan(shots.length / 10);
      expect(failed.filter(({ status }) => [404, 500].includes(status))).toEqual([]);
    },
    HANG_MS,
  );
});

describe('afterwards', () => {
  it('every accepted order is confirmed', async () => {
    // The short form has one of the long ones.
    expect(accepted.size).toBeGreaterThan(isShort() ? 500 : 1_000);
    const admin = await shop.admin();
    const open = new Set(accepted);
    await waitFor(`all ${accepted.size} orders are confirmed`, 90_000, async () => {
      for (const orderId of open) {
        const { status } = await shop.order(admin, orderId);
        if (status === 'confirmed') open.delete(orderId);
        else if (status === 'rejected' || status === 'cancelled') throw new Error(`${orderId} is ${status}`);
      }
      return open.size === 0;
    });
  }, 180_000);

  it('there is exactly one order for each that was accepted, and the books agree', async () => {
    const { checks, wrong, orders } = await auditCluster();
    expect(wrong).toEqual([]);
    expect(checks).toBeGreaterThanOrEqual(10);
    const added = [...orders].filter((orderId) => !before.has(orderId));
    // An order whose answer was lost with the process that died is in the books and unknown to its customer.
    expect([...accepted].filter((orderId) => !orders.has(orderId))).toEqual([]);
    expect(added.length - accepted.size).toBeLessThanOrEqual(20);
  }, 180_000);
});

async function evict(pod: string): Promise<string> {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod } };
  const namespace = await kube(['get', 'pod', pod, '--output', 'jsonpath={.metadata.namespace}']);
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
  return kube(['create', '--raw', path, '--filename', '-'], { input: JSON.stringify(eviction) }).then(
    () => 'evicted',
    (error: unknown) => {
      const why = error instanceof CliError ? error.why : String(error);
      return /disruption budget/i.test(why) ? '429' : why;
    },
  );
}
