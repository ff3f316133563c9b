import { beforeAll, describe, expect, it } from '@jest/globals';
import { drawn } from '../../tools/cli/src/testing/short-form.ts';
import type { Shop } from '../e2e/support/shop.ts';
import { gatewayUrl, openClusterShop } from './support/cluster-shop.ts';
import { DEPLOYMENTS, kube, pods, readyPods, soukOk } from './support/cluster.ts';
import { underLoad } from './support/load.ts';
import { unnoticed as nobodyNoticed } from './support/unnoticed.ts';

const STEP_MS = 200_000;
/** CFG-1 (docs/patterns/README.md). */
const IN_FORCE_WITHIN_MS = 15_000;
let shop: Shop;
let runningBefore: string[];

const running = async (): Promise<string[]> =>
  (await pods())
    .filter(({ metadata }) => DEPLOYMENTS.includes(metadata.labels['app.kubernetes.io/name'] ?? ''))
    .map(
      ({ metadata, status }) => `${metadata.name} ${status.containerStatuses?.map((one) => one.restartCount).join()}`,
    )
    .sort();

/** Nobody noticed, and no pod was replaced or restarted for it. */
async function unnoticed(what: string, work: () => Promise<unknown>): Promise<void> {
  await nobodyNoticed(what, async () => {
    const report = await underLoad(shop, what, work);
    expect(report.shots.length).toBeGreaterThan(500);
    return report;
  });
  expect(await running()).toEqual(runningBefore);
}

async function inForce(...change: string[]): Promise<void> {
  const { changed } = await soukOk('config', ...change);
  const [first] = changed as { replicas: string[]; inForceAfterMs: number }[];
  expect(first?.replicas).toHaveLength(2);
  expect(first?.inForceAfterMs).toBeLessThan(IN_FORCE_WITHIN_MS);
}

/** Keys and passwords that are rotated: the short form has one of them, by the seed. */
const KEYS: readonly (readonly [string, () => Promise<void>])[] = [
  [
    'FED-10 the signing key is rotated twice, that of the identity provider once,',
    async () => {
      const twice = async () => {
        for (let round = 0; round < 2; round++)
          expect(await soukOk('rotate', 'signing-key', '--retire-after', '5')).toMatchObject({ phase: 'idle' });
      };
      // The old key stays published: customers have tokens of it for ten minutes.
      const once = async () =>
        expect(await soukOk('rotate', 'identity-key', '--no-wait')).toMatchObject({ phase: 'retiring' });
      await unnoticed('signing keys', () => Promise.all([twice(), once()]));
      const token = await shop.newCustomer();
      expect((await shop.api.send('GET', '/api/cart', { token })).status).toBe(200);
    },
  ],
  ...['order', 'inventory', 'payment'].map((service): readonly [string, () => Promise<void>] => [
    `the database password of ${service} is rotated`,
    () =>
      unnoticed(`database of ${service}`, async () => {
        const first = await soukOk('rotate', 'database', service);
        expect(await soukOk('rotate', 'database', service)).toMatchObject({ login: first.locked, locked: first.login });
      }),
  ]),
];

beforeAll(async () => {
  await kube(['scale', '--replicas=2', ...DEPLOYMENTS.map((name) => `deployment/${name}`)]);
  for (const name of DEPLOYMENTS) await readyPods(name, 2);
  shop = await openClusterShop();
  runningBefore = await running();
}, STEP_MS);

describe('settings and keys of a running shop', () => {
  it(
    'CFG-1 a setting is in force on every pod within 15 s, and nobody notices',
    async () => {
      await unnoticed('live settings', async () => {
        await inForce('set', 'gateway.upstreamTimeoutMs=4000');
        await inForce('unset', 'gateway.upstreamTimeoutMs');
      });
    },
    STEP_MS,
  );

  it(
    'CFG-1 CFG-5 a setting does what it says, and a wrong one is refused before it is written',
    async () => {
      const write = async () => (await fetch(`${gatewayUrl}/api/orders`, { method: 'POST' })).status;
      expect(await write()).toBe(401);
      await inForce('set', 'gateway.readOnly=true');
      expect(await write()).toBe(503);
      await expect(soukOk('config', 'set', 'gateway.readOnly=perhaps')).rejects.toThrow('nothing was written');
      await inForce('unset', 'gateway.readOnly');
      expect(await write()).toBe(401);
    },
    STEP_MS,
  );

  it.each(drawn(KEYS))('CFG-10 %s and nobody notices', async (_title, work) => work(), STEP_MS);
});
