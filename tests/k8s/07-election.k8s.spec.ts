import { beforeAll, describe, expect, it } from '@jest/globals';
import { kubectl } from '../../tools/cli/src/cluster/kubectl.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { helm, kube, LOOK_EVERY_MS, readyPods, ref, rolledOut, runInPod, type Pod } from './support/cluster.ts';

const LEASE = 'order-saga-supervisor';
/** TTL, a third of it, and what the look itself takes. */
const TAKEN_OVER_WITHIN_MS = 20_000;
const METRICS = `
  const text = await (await fetch('http://127.0.0.1:9090/metrics')).text();
  const read = (name) => Number(new RegExp('^' + name + ' (.*)$', 'm').exec(text)?.[1]);
  console.log(JSON.stringify({ leads: read('souk_leader'), epoch: read('souk_leader_epoch') }));`;

interface Member {
  readonly pod: string;
  readonly leads: number;
  readonly epoch: number;
}
interface Slices {
  readonly items: {
    readonly endpoints: { readonly addresses: string[] }[];
    readonly ports: { readonly port: number }[];
  }[];
}

async function members(all: readonly Pod[]): Promise<Member[]> {
  return Promise.all(
    all.map(async ({ metadata: { name: pod } }) => ({
      pod,
      ...(JSON.parse(await runInPod(pod, 'order', METRICS)) as Omit<Member, 'pod'>),
    })),
  );
}

/** Waits for one that leads. No look may have seen two; that is told after the wait, which tries again whatever throws in it. */
async function leader(what: string, timeoutMs: number): Promise<Member> {
  const looks: string[][] = [];
  const look = async (): Promise<Member | false> => {
    const leading = (await members(await readyPods('order', 2))).filter(({ leads }) => leads === 1);
    looks.push(leading.map(({ pod, epoch }) => `${pod} in term ${epoch}`));
    return leading[0] ?? false;
  };
  const found = await waitFor(what, timeoutMs, look, LOOK_EVERY_MS);
  expect(looks.filter(({ length }) => length > 1)).toEqual([]);
  return found;
}

const spec = async () =>
  JSON.parse(await kube(['get', 'lease', LEASE, '--output', 'jsonpath={.spec}'])) as {
    holderIdentity: string;
    leaseTransitions: number;
  };

/** Where the policy has to open the way to: the address of the API server behind its Service. */
async function apiServer(): Promise<string[]> {
  const selector = 'kubernetes.io/service-name=kubernetes';
  const args = ['get', 'endpointslices', '--namespace', 'default', '--selector', selector, '--output', 'json'];
  const { items } = JSON.parse(await kubectl(ref, args, { namespaced: false })) as Slices;
  const [slice] = items;
  const address = slice?.endpoints[0]?.addresses[0];
  const port = slice?.ports[0]?.port;
  if (address === undefined || port === undefined) throw new Error('the API server has no endpoint');
  return [`order.lease.apiServer[0].cidr=${address}/32`, `order.lease.apiServer[0].port=${port}`];
}

describe('the supervisor of the sagas, elected by a Lease of Kubernetes', () => {
  beforeAll(async () => {
    const values = ['order.lease.enabled=true', 'order.replicas=2', ...(await apiServer())];
    const set = values.flatMap((value) => ['--set', value]);
    await helm('upgrade', 'souk', 'charts/souk', '--reuse-values', ...set, '--wait', '--timeout', '180s');
    await rolledOut('order');
  }, 300_000);

  it('LDR-11: has one leader of two replicas, whom the Lease names', async () => {
    const first = await leader('a leader', TAKEN_OVER_WITHIN_MS);
    const { holderIdentity, leaseTransitions } = await spec();
    expect(holderIdentity).not.toBe('');
    expect(leaseTransitions).toBe(first.epoch);
  }, 60_000);

  it('LDR-3, LDR-4: has another one soon after the pod of the leader is gone, in a new term', async () => {
    const first = await leader('a leader', TAKEN_OVER_WITHIN_MS);
    await kube(['delete', 'pod', first.pod, '--wait=true'], { timeoutMs: 60_000 });
    const next = await leader('another leader', TAKEN_OVER_WITHIN_MS + 60_000);
    expect(next.epoch).toBeGreaterThan(first.epoch);
    expect((await spec()).leaseTransitions).toBe(next.epoch);
  }, 180_000);

  it('may do nothing with its token but keep Leases', async () => {
    const as = ['--as', `system:serviceaccount:${ref.namespace}:order`];
    const may = async (...what: string[]) => (await kube(['auth', 'can-i', ...what, ...as]).catch(() => 'no')).trim();
    expect(await may('update', `leases/${LEASE}`)).toBe('yes');
    for (const what of [
      ['get', 'secrets'],
      ['list', 'pods'],
      ['update', 'leases/another'],
      ['delete', 'leases'],
    ])
      expect([what, await may(...what)]).toEqual([what, 'no']);
  }, 60_000);
});
