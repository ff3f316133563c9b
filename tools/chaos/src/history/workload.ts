import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Customer, Ware, Wish } from './customer.ts';

/** Shares of what a workload does, of one. The rest is a simple order of one line. */
const SHARES = {
  several: 0.18,
  repeat: 0.12,
  declined: 0.08,
  soldOut: 0.06,
  cancel: 0.1,
  return: 0.08,
  read: 0.06,
  product: 0.05,
  delivery: 0.05,
} as const;
export type Act = keyof typeof SHARES | 'simple';

/** Repeats are of recent keys, and cancels of recent orders: those are the ones still on their way. */
const RECENT = 8;
/** More than the shop ever has of anything. */
const SOLD_OUT_QUANTITY = 900;

/** What only the staff of the shop may do. A failure is no matter: the same is tried again later. */
export interface Staff {
  ship(orderId: string): Promise<unknown>;
  changeProduct(index: number): Promise<unknown>;
  receive(ware: Ware, quantity: number): Promise<unknown>;
}

export interface WorkloadOptions {
  readonly customer: Pick<Customer, 'place' | 'cancel' | 'return' | 'read' | 'wishes' | 'accepted'>;
  readonly staff: Staff;
  readonly wares: readonly Ware[];
  readonly random: () => number;
  readonly perSecond: number;
}

/** The act for a number in [0, 1). */
export function actOf(dice: number): Act {
  let rest = dice;
  for (const [act, share] of Object.entries(SHARES) as [Act, number][]) {
    if (rest < share) return act;
    rest -= share;
  }
  return 'simple';
}

/**
 * Keeps a shop busy: orders of one and of several lines, the same key again, declined cards, too many units, cancels, returns of
 * what was shipped, reads; now and then a changed product and a delivery. The same seed gives the same acts; what becomes of
 * them depends on the shop.
 */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #orders: string[] = [];
  #acts = 0;

  constructor(options: WorkloadOptions) {
    this.#options = options;
  }

  /** Runs until told to stop, answered or not; resolves when the last answer has come (or will never come). */
  async run(stopped: AbortSignal): Promise<void> {
    const { perSecond } = this.#options;
    const underWay = new Set<Promise<unknown>>();
    const began = performance.now();
    for (let tick = 1; !stopped.aborted; tick++) {
      const act = this.act().finally(() => underWay.delete(act));
      underWay.add(act);
      const wait = began + (tick * 1_000) / perSecond - performance.now();
      await sleep(Math.max(0, wait), undefined, { signal: stopped }).catch(() => undefined);
    }
    await Promise.all(underWay);
  }

  /** One act of the customer or of the staff. */
  async act(): Promise<void> {
    const { customer, staff, wares, random } = this.#options;
    const dice = random();
    const pick = random();
    const ware = wares[Math.floor(pick * wares.length)];
    if (ware === undefined) throw new Error('a workload needs wares');
    this.#acts += 1;
    const recentOrder = this.#orders.at(-1 - Math.floor(pick * RECENT));
    const recentWish = [...customer.wishes.values()].at(-1 - Math.floor(pick * RECENT));
    switch (actOf(dice)) {
      case 'several':
        return this.#place({ key: randomUUID(), lines: severalOf(wares, random) });
      case 'repeat':
        return this.#place(recentWish ?? simple(ware));
      case 'declined':
        return this.#place({ ...simple(ware), card: 'tok_declined' });
      case 'soldOut':
        return this.#place({ key: randomUUID(), lines: [{ ware, quantity: SOLD_OUT_QUANTITY }] });
      case 'cancel':
        return recentOrder === undefined ? this.#place(simple(ware)) : customer.cancel(recentOrder);
      case 'return':
        return recentOrder === undefined ? this.#place(simple(ware)) : this.#sendBack(recentOrder);
      case 'read':
        return recentOrder === undefined ? this.#place(simple(ware)) : void (await customer.read(recentOrder));
      case 'product':
        return void (await staff.changeProduct(this.#acts).catch(() => undefined));
      case 'delivery':
        return void (await staff.receive(ware, 1 + Math.floor(pick * 5)).catch(() => undefined));
      case 'simple':
        return this.#place(simple(ware));
    }
  }

  async #place(wish: Wish): Promise<void> {
    const orderId = await this.#options.customer.place(wish);
    if (orderId !== undefined) this.#orders.push(orderId);
  }

  async #sendBack(orderId: string): Promise<void> {
    const { customer, staff } = this.#options;
    await staff.ship(orderId).catch(() => undefined);
    await customer.return(orderId);
  }
}

const simple = (ware: Ware): Wish => ({ key: randomUUID(), lines: [{ ware, quantity: 1 }] });

function severalOf(wares: readonly Ware[], random: () => number): Wish['lines'] {
  const first = Math.floor(random() * wares.length);
  const count = Math.min(wares.length, 2 + Math.floor(random() * 2));
  const chosen = Array.from({ length: count }, (_, index) => wares[(first + index) % wares.length]);
  return chosen.flatMap((ware) => (ware === undefined ? [] : [{ ware, quantity: 1 + Math.floor(random() * 2) }]));
}
