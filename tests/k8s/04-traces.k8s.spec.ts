import { beforeAll, describe, expect, it } from '@jest/globals';
import { recordedTrace } from '../../tools/cli/src/shop/place-order.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import type { Shop } from '../e2e/support/shop.ts';
import { openClusterShop } from './support/cluster-shop.ts';
import { souk } from './support/cluster.ts';

const TRACED_WITHIN_MS = 30_000;
const HOPS = ['gateway', 'order', 'inventory', 'ambassador', 'payment'];

interface Trace {
  readonly traceId: string;
  readonly orderId: string;
  readonly complete: boolean;
  readonly missingParents: readonly string[];
  readonly services: readonly string[];
  readonly spans: readonly { readonly service: string; readonly resource?: Readonly<Record<string, unknown>> }[];
}

let shop: Shop;
let orderId: string;

beforeAll(async () => {
  shop = await openClusterShop();
  const ware = await shop.newProduct(1);
  const token = await shop.newCustomer();
  // Whatever the tests before this one have left of the rate at which traces are recorded.
  const traceparent = recordedTrace();
  const order = await shop.placed(token, { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250, traceparent });
  expect(order.status).toBe('confirmed');
  orderId = order.orderId;
}, 60_000);

const trace = () =>
  waitFor(`order ${orderId} has a complete trace`, TRACED_WITHIN_MS, async () => {
    const { exitCode, result } = await souk('trace', orderId);
    return exitCode === 0 && result.complete === true ? (result as unknown as Trace) : false;
  });

describe('souk trace', () => {
  it('shows an order with all its hops as one trace', async () => {
    const found = await trace();
    expect(found.missingParents).toEqual([]);
    expect(found.services).toEqual(expect.arrayContaining(HOPS));
  }, 60_000);

  it('names the pod of every span: the sidecar adds it', async () => {
    const { spans } = await trace();
    const pods = spans.map(({ service, resource }) => [service, String(resource?.['k8s.pod.name'] ?? '')] as const);
    // The ambassador lives in order's pod.
    const podOf = (service: string) => (service === 'ambassador' ? 'order' : service);
    expect(pods.filter(([service, pod]) => !pod.startsWith(`${podOf(service)}-`))).toEqual([]);
  }, 60_000);
});
