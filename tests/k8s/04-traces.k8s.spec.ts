import { beforeAll, describe, expect, it } from '@jest/globals';
import type { OrderAccepted } from '@souk/contracts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import type { Shop } from '../e2e/support/shop.ts';
import { openClusterShop } from './support/cluster-shop.ts';
import { souk } from './support/cluster.ts';

const ORDERS = 20;
const TRACED_WITHIN_MS = 30_000;
const HOPS = ['gateway', 'order', 'inventory', 'ambassador', 'payment'];

interface Trace {
  readonly traceId: string;
  readonly orderId: string;
  readonly complete: boolean;
  readonly missingParents: number;
  readonly services: readonly string[];
  readonly spans: readonly { readonly service: string; readonly resource?: Readonly<Record<string, unknown>> }[];
}

let shop: Shop;
let orderIds: string[];

beforeAll(async () => {
  shop = await openClusterShop();
  const ware = await shop.newProduct(ORDERS);
  const token = await shop.newCustomer();
  const wish = { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250 };
  const answers = await Promise.all(Array.from({ length: ORDERS }, () => shop.place<OrderAccepted>(token, wish)));
  orderIds = answers.map(({ body }) => body.orderId);
  for (const orderId of orderIds) expect(await shop.finalState(token, orderId)).toMatchObject({ status: 'confirmed' });
}, 60_000);

const traceOf = (orderId: string) =>
  waitFor(`order ${orderId} has a complete trace`, TRACED_WITHIN_MS, async () => {
    const { exitCode, result } = await souk('trace', orderId);
    return exitCode === 0 && result.complete === true ? (result as unknown as Trace) : false;
  });

describe('souk trace', () => {
  it('shows an order with all its hops as one trace', async () => {
    const trace = await traceOf(orderIds[0] ?? '');
    expect(trace.missingParents).toBe(0);
    expect(trace.services).toEqual(expect.arrayContaining(HOPS));
  }, 60_000);

  it('names the pod of every span: the sidecar adds it', async () => {
    const { spans } = await traceOf(orderIds[0] ?? '');
    const pods = spans.map(({ service, resource }) => [service, String(resource?.['k8s.pod.name'] ?? '')] as const);
    // The ambassador lives in order's pod.
    const podOf = (service: string) => (service === 'ambassador' ? 'order' : service);
    expect(pods.filter(([service, pod]) => !pod.startsWith(`${podOf(service)}-`))).toEqual([]);
  }, 60_000);

  it(`has one complete trace for each of ${ORDERS} orders`, async () => {
    const traces: Trace[] = [];
    for (const orderId of orderIds) traces.push(await traceOf(orderId));
    expect(new Set(traces.map(({ traceId }) => traceId)).size).toBe(ORDERS);
    expect(traces.filter(({ services }) => HOPS.some((hop) => !services.includes(hop)))).toEqual([]);
  }, 180_000);
});
