import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { orderNo } from '../test/inventory.mother.js';
import { aCommand, InventoryDatabase } from '../test/inventory-database.js';

let db: InventoryDatabase;

beforeAll(async () => {
  db = await InventoryDatabase.create('inventory_races');
});
afterAll(() => db?.drop());

const isDeadlock = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '40P01';

describe('concurrent transactions', () => {
  it('sell one unit to exactly one of 50 buyers, 20 times over', async () => {
    for (let round = 0; round < 20; round++) {
      const line = [{ sku: `LAST-${round}`, quantity: 1 }];
      await db.receive(`last-${round}`, line);
      const buyers = Array.from({ length: 50 }, (_, n) => orderNo(round * 50 + n));
      await db.published();
      await Promise.all(buyers.map((buyer) => db.handle(aCommand('reserve-stock.v1', buyer, line))));
      const types = (await db.published()).map(({ type }) => type);
      expect(types.filter((type) => type === 'stock.reserved.v1')).toHaveLength(1);
      expect(types.filter((type) => type === 'stock.reservation-rejected.v1')).toHaveLength(49);
      expect(await db.level(`LAST-${round}`)).toEqual({ available: 0, reserved: 1, committed: 0 });
    }
  });

  it('never deadlock over orders with the same lines in opposite order', async () => {
    const skus = Array.from({ length: 6 }, (_, n) => `CROSS-${n}`);
    await db.receive(
      'cross',
      skus.map((sku) => ({ sku, quantity: 100_000 })),
    );
    const forth = skus.map((sku) => ({ sku, quantity: 1 }));
    const errors: unknown[] = [];
    const rounds = 40;
    for (let round = 0; round < rounds; round++) {
      const pair = [forth, forth.toReversed()].map(async (lines, n) => {
        const order = orderNo(10_000 + round * 2 + n);
        await db.handle(aCommand('reserve-stock.v1', order, lines));
        // A batch that touches the skus one after the other, and a receipt that locks them all.
        await db.handle(...lines.map((line) => aCommand('commit-reservation.v1', order, [line])));
      });
      const receipt = db.receive(`cross-${round}`, forth.toReversed());
      const settled = await Promise.allSettled([...pair, receipt, db.expireReservations().execute()]);
      errors.push(...settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : [])));
    }
    expect(errors.filter(isDeadlock)).toEqual([]);
    expect(errors).toEqual([]);
    expect(await db.level('CROSS-0')).toEqual({ available: 100_000 - rounds, reserved: 0, committed: rounds * 2 });
  });
});

const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);

describe(`a random run of overlapping batches (random seed ${seed})`, () => {
  type Step = { verb: 'reserve' | 'commit' | 'release' | 'return'; order: number };
  const SKUS = ['RND-A', 'RND-B', 'RND-C'];
  const step: fc.Arbitrary<Step> = fc.record({
    verb: fc.constantFrom<Step['verb']>('reserve', 'reserve', 'commit', 'commit', 'release', 'return'),
    order: fc.nat(79),
  });
  const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 60, maxLength: 60 });
  const linesOf = (order: number) => SKUS.slice(0, 1 + (order % 3)).map((sku) => ({ sku, quantity: 1 + (order % 4) }));
  const command = ({ verb, order }: Step) => {
    const type = {
      reserve: 'reserve-stock.v1',
      commit: 'commit-reservation.v1',
      release: 'release-reservation.v1',
      return: 'return-stock.v1',
    } as const;
    return aCommand(
      type[verb],
      orderNo(90_000 + order),
      order % 2 === 0 ? linesOf(order) : linesOf(order).toReversed(),
    );
  };

  const cannotWork = (error: unknown): boolean =>
    error instanceof Error && 'code' in error && error.code === 'nothing-to-return';
  /** A batch that fails is taken message by message; a message that can never work is left out. */
  const handleAsTheHostDoes = async (batch: Step[]): Promise<void> => {
    const deliveries = batch.map(command);
    try {
      await db.handle(...deliveries);
    } catch (error) {
      if (!cannotWork(error)) throw error;
      for (const delivery of deliveries)
        await db.handle(delivery).catch((cause: unknown) => cannotWork(cause) || Promise.reject(cause));
    }
  };

  it('ends with books that agree, line by line', async () => {
    await db.receive(
      'random',
      SKUS.map((sku) => ({ sku, quantity: 100 })),
    );
    // Orders of their own that go every way there is: not every seed has a return of what was sold.
    const everyWay: Step[] = [
      ...(['reserve', 'commit', 'return'] as const).map((verb) => ({ verb, order: 80 })),
      ...(['reserve', 'release'] as const).map((verb) => ({ verb, order: 81 })),
    ];
    const [run = []] = fc.sample(batches, { seed, numRuns: 1 });
    const running = new Set<Promise<unknown>>();
    const failures: unknown[] = [];
    for (const batch of [everyWay, ...run]) {
      const work = handleAsTheHostDoes(batch)
        .catch((error: unknown) => failures.push(error))
        .finally(() => running.delete(work));
      running.add(work);
      if (running.size >= 4) await Promise.race(running);
    }
    await Promise.all(running);
    expect(failures).toEqual([]);
    expect(await db.unbalanced()).toEqual([]);
    const { rows } = await db.pool.query(`select kind, count(*) from ledger where sku like 'RND-%' group by kind`);
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(
      new Set(['receipt', 'reserve', 'commit', 'release', 'return']),
    );
  });
});
