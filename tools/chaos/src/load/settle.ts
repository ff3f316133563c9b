import type { Customer } from '../history/customer.ts';
import { realClock, type Clock } from './arrivals.ts';
import type { OrderWatch } from './order-watch.ts';

const LOOK_EVERY_MS = 250;
const READ_AT_THE_END = 3;

/** What is still not known when the shop was given its time. */
export interface Unsettled {
  readonly openKeys: readonly string[];
  readonly openOrders: readonly string[];
}

export interface SettleOptions {
  readonly customers: readonly Pick<Customer, 'openKeys' | 'wishes' | 'grantedWish' | 'place' | 'read' | 'accepted'>[];
  readonly watch: Pick<OrderWatch, 'add' | 'look' | 'open'>;
  readonly withinMs: number;
  readonly clock?: Clock;
}

/**
 * Asks again for every key of unknown outcome, until it is answered, and waits until something has come of every order; then
 * customers look at their last orders twice, and ask for one again: what they were told before must still be so. Resolves to what is
 * still open after `withinMs`.
 */
export async function settle({ customers, watch, withinMs, clock = realClock }: SettleOptions): Promise<Unsettled> {
  const until = clock.now() + withinMs;
  for (;;) {
    const isOver = (): boolean => clock.now() >= until;
    await Promise.all(customers.map((customer) => askAgain(customer, watch, isOver)));
    await watch.look();
    const openKeys = customers.flatMap((customer) => customer.openKeys());
    const isSettled = openKeys.length === 0 && watch.open.length === 0;
    if (isSettled || isOver()) {
      await Promise.all(customers.map(repeatTheLast));
      return { openKeys, openOrders: watch.open };
    }
    await clock.sleep(LOOK_EVERY_MS, new AbortController().signal);
  }
}

type Asking = SettleOptions['customers'][number];

/** Each key may take as long as a customer waits: where many are open, the time is over between two of them. */
async function askAgain(customer: Asking, watch: SettleOptions['watch'], isOver: () => boolean): Promise<void> {
  for (const key of customer.openKeys()) {
    if (isOver()) return;
    const wish = customer.wishes.get(key);
    const orderId = wish && (await customer.place(wish));
    // It was asked for some time in this run.
    if (orderId !== undefined) watch.add(orderId, 0);
  }
}

/** Without it nothing that a customer was told would be compared with anything that was told later. */
async function repeatTheLast(customer: Asking): Promise<void> {
  const wish = customer.grantedWish();
  await Promise.all([wish && customer.place(wish), lookAtTheLast(customer)]);
  // Only now: two looks that overlap may come in any order.
  await lookAtTheLast(customer);
}

async function lookAtTheLast(customer: Asking): Promise<void> {
  await Promise.all([...customer.accepted].slice(-READ_AT_THE_END).map((orderId) => customer.read(orderId)));
}
