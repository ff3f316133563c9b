import { describe, expect, it } from '@jest/globals';
import type { Wish } from './customer.ts';
import { randomOf, shuffled } from './random.ts';
import { actOf, Workload, type Act } from './workload.ts';

const wares = ['A-1', 'B-2', 'C-3'].map((sku) => ({ sku, price: { amount: 100, currency: 'EUR' } }));

/** A shop that accepts everything and remembers it. */
function run(seed: number, acts: number) {
  const log: string[] = [];
  const wishes = new Map<string, Wish>();
  const note = (what: string) => async () => void log.push(what);
  const place = async (wish: Wish) => {
    log.push(
      `place ${wishes.has(wish.key) ? 'again ' : ''}${wish.lines.map(({ quantity }) => quantity).join('+')} ${wish.card ?? ''}`,
    );
    wishes.set(wish.key, wish);
    return `order-${wishes.size}`;
  };
  const customer = { wishes, accepted: new Set<string>(), place, cancel: note('cancel'), return: note('return') };
  const staff = { ship: note('ship'), changeProduct: note('product'), receive: note('delivery') };
  const read = async () => (log.push('read'), undefined);
  const workload = new Workload({
    customer: { ...customer, read },
    staff,
    wares,
    random: randomOf(seed),
    perSecond: 1,
  });
  return (async () => {
    for (let index = 0; index < acts; index++) await workload.act();
    return log;
  })();
}

describe('the workload', () => {
  it('does the same for the same seed, something else for another one', async () => {
    const [once, again, other] = [await run(7, 100), await run(7, 100), await run(8, 100)];
    expect(again).toEqual(once);
    expect(other).not.toEqual(once);
  });

  it('does everything that it promises', async () => {
    const log = await run(1, 400);
    const kinds = [
      /^place 1 $/,
      /^place \d\+\d/,
      /^place again/,
      /tok_declined/,
      /^place 900/,
      /cancel/,
      /ship/,
      /return/,
      /read/,
    ];
    for (const kind of [...kinds, /product/, /delivery/]) expect(log).toContainEqual(expect.stringMatching(kind));
  });

  it.each<[number, Act]>([
    [0, 'several'],
    [0.179, 'several'],
    [0.181, 'repeat'],
    [0.999, 'simple'],
  ])('a dice of %d is %s', (dice, act) => expect(actOf(dice)).toBe(act));

  it('goes on while nobody answers, and ends when it is told to', async () => {
    const stop = new AbortController();
    let asked = 0;
    const never = () => (asked++, asked > 3 ? (stop.abort(), Promise.resolve(undefined)) : Promise.resolve(undefined));
    const nothing = async () => undefined;
    const customer = {
      wishes: new Map(),
      accepted: new Set<string>(),
      place: never,
      cancel: nothing,
      return: nothing,
      read: nothing,
    };
    const staff = { ship: nothing, changeProduct: nothing, receive: nothing };
    await new Workload({ customer, staff, wares, random: () => 0.999, perSecond: 500 }).run(stop.signal);
    expect(asked).toBe(4);
  });
});

describe('shuffled', () => {
  it('keeps all, and depends on the seed alone', () => {
    const items = Array.from({ length: 20 }, (_, index) => index);
    const once = shuffled(items, randomOf(3));
    expect(shuffled(items, randomOf(3))).toEqual(once);
    expect(once).not.toEqual(items);
    expect(once.toSorted((a, b) => a - b)).toEqual(items);
  });
});
