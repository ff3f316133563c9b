import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { PROBE_USER, travel } from './journey.ts';

const product = { productId: 'p', sku: 'A-1', price: { amount: 995, currency: 'EUR' } };
const settled = { refund: false, stock: false };

interface Asked {
  readonly call: string;
  readonly key: string | undefined;
  readonly body: string;
}

/** A shop whose order goes through these states, one each time it is asked for. */
async function journeyThrough(states: readonly object[], stock = 3, token = async (user: string) => `t-${user}`) {
  const asked: Asked[] = [];
  let next = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const call = `${request.method} ${request.url?.split('?')[0]}`;
      asked.push({ call, key: request.headers['idempotency-key'] as string | undefined, body });
      const [status, answer] = answerTo(call);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  const answerTo = (call: string): [number, object] => {
    if (call === 'GET /api/products') return [200, { items: [product], total: 1 }];
    if (call === 'GET /api/stock/A-1') return [200, { available: stock }];
    if (call === 'POST /api/orders') return [202, { orderId: 'o-1' }];
    if (call === 'POST /api/orders/o-1/cancel') return [202, {}];
    return [200, states[Math.min(next++, states.length - 1)] ?? {}];
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gatewayUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const journey = await travel({ gatewayUrl, instance: 'default', token });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { journey, asked };
}

describe('the synthetic journey', () => {
  it('HEM-11 signs in, orders, sees it confirmed, and takes it back', async () => {
    const { journey, asked } = await journeyThrough([
      { status: 'placed' },
      { status: 'confirmed' },
      { status: 'cancelled', outstanding: { refund: true, stock: false } },
      { status: 'cancelled', outstanding: settled },
    ]);
    expect(journey).toMatchObject({ status: 'ok', orderId: 'o-1', problems: [] });
    expect(journey.steps.map(({ step }) => step)).toEqual(['sign in', 'find', 'order', 'confirm', 'clean up']);
    expect(asked.map(({ call }) => call)).toEqual([
      'GET /api/products',
      'GET /api/stock/A-1',
      'POST /api/orders',
      'GET /api/orders/o-1',
      'GET /api/orders/o-1',
      'POST /api/orders/o-1/cancel',
      'GET /api/orders/o-1',
      'GET /api/orders/o-1',
    ]);
  });

  it('HEM-11 its order is flagged: by user, by key and on the parcel', async () => {
    const users: string[] = [];
    const { asked } = await journeyThrough([{ status: 'confirmed' }, { status: 'refunded' }], 3, async (user) => {
      users.push(user);
      return 't';
    });
    const placed = asked.find(({ call }) => call === 'POST /api/orders');
    expect(users).toEqual([PROBE_USER]);
    expect(placed?.key).toMatch(/^probe-[0-9a-f-]{36}$/);
    expect(JSON.parse(placed?.body ?? '{}')).toMatchObject({ address: { name: 'Synthetic probe, do not deliver' } });
  });

  it('HEM-11 ends badly and says at which step when nobody can sign in, or nothing is in stock', async () => {
    const away = async () => Promise.reject(new Error('the provider is away'));
    const first = await journeyThrough([], 3, away);
    expect(first.journey).toEqual({ status: 'failed', orderId: null, steps: [], problems: ['the provider is away'] });
    const second = await journeyThrough([], 0);
    expect(second.journey).toMatchObject({ status: 'failed', problems: ['none of 1 products is in stock'] });
    expect(second.asked.some(({ call }) => call.startsWith('POST'))).toBe(false);
  });
});
