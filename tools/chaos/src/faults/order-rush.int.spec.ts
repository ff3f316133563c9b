import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openInstance } from '../../../cli/src/instance.ts';
import { contextOf } from '../../../cli/src/shop/context.ts';
import { randomOf } from '../history/random.ts';
import type { WayBack } from '../run/journal.ts';
import { HostTarget } from '../target/host.ts';
import { faultOf } from './fault-of.mother.ts';
import { undoOf } from './undos.ts';

/** A shop that sells units of one product, as many as it is told to, whatever it has. */
class ToyShop {
  readonly products = new Set<string>();
  readonly stocked: number[] = [];
  readonly #sells: number;
  readonly #server: Server;
  #orders = 0;
  #asks = 0;

  constructor(sells: number) {
    this.#sells = sells;
    this.#server = createServer(async (request, response) => {
      const [status, body] = this.#answer(request, JSON.parse((await textOf(request)) || '{}'));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  async open(): Promise<HostTarget> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const instance = openInstance('nobody');
    const context = { ...contextOf(instance, { GATEWAY_URL: url }), token: async (user: string) => user };
    return new HostTarget(instance, context, new Map());
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer({ method, url = '' }: IncomingMessage, body: { productId?: string; lines?: { quantity: number }[] }) {
    const [, id = ''] = /^\/api\/admin\/products\/(.+)$/.exec(url) ?? [];
    if (method === 'DELETE') return [this.products.delete(id) ? 204 : 404, {}] as const;
    if (url === '/api/admin/products') return [this.products.add(body.productId ?? '') && 201, {}] as const;
    if (url === '/api/admin/stock/receipts')
      return [this.stocked.push(body.lines?.[0]?.quantity ?? 0) && 201, {}] as const;
    // Order hears of a product a little later.
    if (url === '/api/cart') return [method === 'PUT' && ++this.#asks < 3 ? 422 : 200, { version: 1 }] as const;
    if (method === 'POST') return [202, { orderId: String(++this.#orders) }] as const;
    const number = Number(url.split('/').at(-1));
    return [200, { orderId: String(number), status: number <= this.#sells ? 'confirmed' : 'rejected' }] as const;
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

let shop: ToyShop | undefined;
let journal: WayBack[];
let counted: Record<string, number>;
beforeEach(() => void ([journal, counted] = [[], {}]));
afterEach(() => shop?.close());

async function rush(sells: number): Promise<HostTarget> {
  shop = new ToyShop(sells);
  const target = await shop.open();
  const work: Promise<unknown>[] = [];
  await faultOf('order-rush')
    .read({ buyers: 5, units: 2 })
    .inject({
      target,
      journal: { before: async (wayBack) => String(journal.push(wayBack)), undo: async () => undefined },
      random: randomOf(1),
      runWith: () => undefined,
      until: AbortSignal.timeout(5_000),
      background: (one) => void work.push(one),
      note: () => undefined,
      folder,
      count: (series, by = 1) => void (counted[series] = (counted[series] ?? 0) + by),
    });
  await Promise.all(work);
  return target;
}

const folder = mkdtempSync(join(tmpdir(), 'rush-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('order-rush', () => {
  it('keeps what buyers were told with the run', async () => {
    await rush(2);
    const [told = ''] = readdirSync(folder);
    expect(told).toMatch(/^rush-.+\.jsonl$/);
    expect(readFileSync(join(folder, told), 'utf8')).toContain('"status":202');
  });

  it('counts who got one of the units that there are', async () => {
    await rush(2);
    expect(shop?.stocked).toEqual([2]);
    expect(counted).toEqual({
      'rush.accepted': 5,
      'rush.refused': 0,
      'rush.sold': 2,
      'rush.oversold': 0,
      'rush.unsold': 0,
    });
  });

  it.each([
    [4, { 'rush.oversold': 2, 'rush.unsold': 0 }],
    [1, { 'rush.oversold': 0, 'rush.unsold': 1 }],
  ])('sees that %d of two were sold', async (sells, expected) => {
    await rush(sells);
    expect(counted).toMatchObject(expected);
  });

  it('takes its product out of the catalog again, also twice', async () => {
    const target = await rush(2);
    expect(shop?.products.size).toBe(1);
    for (const { undo, with: given } of [...journal, ...journal]) await undoOf(undo).run(target, given);
    expect(shop?.products.size).toBe(0);
  });
});
