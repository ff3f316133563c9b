import { randomUUID } from 'node:crypto';
import type { Cart } from '@souk/contracts';
import { z } from 'zod';
import type { ExperimentCode } from '../../tools/chaos/src/experiment/code.ts';
import { kind } from '../../tools/chaos/src/faults/faults.ts';
import type { Fault } from '../../tools/chaos/src/faults/fault.ts';
import { repeat } from '../../tools/chaos/src/faults/repeat.ts';
import type { Target } from '../../tools/chaos/src/target/target.ts';
import { seedProducts } from '../../tools/cli/src/shop/seed-products.ts';

const MOST_ROUNDS = 1_000;
const SEEN = 'carts-seen';
const OTHERS = 'carts-of-others';

const parameters = z.strictObject({ perSecond: z.int().min(2).max(100) });
type Parameters = z.output<typeof parameters>;

interface Customer {
  readonly token: string;
  readonly sku: string;
}

/** Each of them has one thing in the cart that the other has not, so that a cart says whose it is. */
const cartsInTurns: Fault<Parameters> = {
  kind: 'carts-in-turns',
  summary: 'customers with different carts look at them by turns',
  on: ['host', 'k8s'],
  parameters,
  says: ({ perSecond }) => `two customers look at their carts by turns, ${perSecond} times a second`,
  async inject({ target, count, background, until }, { perSecond }) {
    const goods = (await seedProducts()).slice(0, 2);
    const customers = await Promise.all(goods.map(({ sku }) => withCart(target, sku)));
    count(OTHERS, 0);
    let turn = 0;
    const look = async (): Promise<void> => {
      const { token, sku } = customers[(turn += 1) % customers.length] ?? { token: '', sku: '' };
      const { status, body } = await target.api.send<Cart>('GET', '/api/cart', { token });
      if (status !== 200) return;
      count(SEEN);
      if (body.lines.some((line) => line.sku !== sku)) count(OTHERS);
    };
    background(repeat({ everyMs: 1_000 / perSecond, times: MOST_ROUNDS, until }, () => look().catch(() => undefined)));
  },
};

async function withCart({ api, context }: Target, sku: string): Promise<Customer> {
  const token = await context.token(`cart-${randomUUID().slice(0, 8)}`);
  await api.expect([200], 'PUT', '/api/cart', { token, body: { version: 0, lines: [{ sku, quantity: 1 }] } });
  return { token, sku };
}

export const code: ExperimentCode = { faults: [kind(cartsInTurns)] };
