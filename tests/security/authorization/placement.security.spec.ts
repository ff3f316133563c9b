import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderBody, placeOrder } from '../edge.ts';
import { type Door, openDoor } from '../support/door.ts';
import { send } from '../support/send.ts';
import { bearer } from '../support/tokens.ts';

const MS = 240_000;
const PAIRS = 60;
const ORACLE_MS = 5;
const [alice, bob] = [`a-${randomUUID().slice(0, 8)}`, `b-${randomUUID().slice(0, 8)}`];
let door: Door;
let bobs: string;
beforeAll(async () => {
  door = await openDoor('shop');
  bobs = await placeOrder(door, bob);
}, MS);
afterAll(() => door?.close());

const asAlice = async () => bearer(await door.tokens.user(alice));

interface Part {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

describe('BOLA, placement: the id of somebody else', () => {
  it("GK-8 BOLA in a batch, somebody else's is as what is missing", async () => {
    const ends = ['', '/history'];
    const requests = [bobs, randomUUID()].flatMap((id) =>
      ends.map((end, index) => ({ id: `${id}${index}`, path: `/api/orders/${id}${end}` })),
    );
    const { json } = await send(door.url, '/api/batch', {
      method: 'POST',
      headers: await asAlice(),
      body: { requests },
    });
    const parts = (json['responses'] ?? []) as Part[];
    expect(parts.map(({ status, body }) => [status, body['code']])).toEqual(
      requests.map(() => [404, 'order-not-found']),
    );
  });

  it.each(['/api/orders?userId=', '/api/customers/me/summary?userId=', '/api/recommendations?customer='])(
    'GK-3 BOLA in the query: %s of another name is no question',
    async (path) => {
      const { status, json } = await send(door.url, path + bob, { headers: await asAlice() });
      expect([status, json.code]).toEqual([400, 'validation-failed']);
    },
  );

  it('GK-8 BOLA in a header: the idempotency key of somebody else leads to an order of your own', async () => {
    const key = randomUUID();
    const body = await orderBody(door.url);
    const place = async (user: string) => {
      const headers = { ...bearer(await door.tokens.user(user)), 'idempotency-key': key };
      const { status, json } = await send(door.url, '/api/orders', { method: 'POST', headers, body });
      expect(status).toBe(202);
      return json['orderId'];
    };
    expect(await place(alice)).not.toBe(await place(bob));
  });

  it(
    `GK-8 BOLA in the time that it takes: what exists answers as soon as what does not, to ${ORACLE_MS} ms`,
    async () => {
      const headers = bearer(await door.tokens.internal(alice));
      const ms = async (id: string): Promise<number> => {
        const began = performance.now();
        expect((await send(door.services.order, `/orders/${id}`, { headers })).status).toBe(404);
        return performance.now() - began;
      };
      // By turns, so that whatever else the machine does meets both.
      const differences: number[] = [];
      for (let pair = 0; pair < PAIRS; pair += 1) differences.push((await ms(bobs)) - (await ms(randomUUID())));
      const [median = 0] = differences.sort((one, other) => one - other).slice(PAIRS / 2);
      expect(Math.abs(median)).toBeLessThan(ORACLE_MS);
    },
    MS,
  );
});
