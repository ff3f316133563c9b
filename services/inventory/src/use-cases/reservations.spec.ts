import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Answer } from '../domain/settle.js';
import type { StockBook } from '../domain/stock-book.js';
import { aBook, aLevel, NOON, nextBook, orderNo, QUARTER_PAST, type StockBookRows } from '../test/inventory.mother.js';
import { commitReservation } from './commit-reservation.js';
import { releaseReservation } from './release-reservation.js';
import { reserveStock } from './reserve-stock.js';
import { returnStock } from './return-stock.js';

const [ANN, BOB] = [orderNo(1), orderNo(2)];
const mugs = (quantity: number) => [{ sku: 'MUG', quantity }];
const reserve = (orderId: string, lines: { sku: string; quantity: number }[], expiresAt = QUARTER_PAST) => ({
  orderId,
  lines,
  expiresAt,
});
const types = (answers: Answer[]): string[] => answers.map(({ outcome }) => outcome.type);
const levelOf = (book: StockBook, sku = 'MUG') => book.changes().levels.find(({ after }) => after.sku === sku)?.after;

describe('reserving', () => {
  it('moves the units of granted orders and tells a short order what lacks', () => {
    const book = aBook([aLevel('MUG', 3)]);
    const answers = reserveStock(book, [reserve(ANN, mugs(2)), reserve(BOB, mugs(2))]);
    expect(answers).toEqual([
      { orderId: ANN, lines: mugs(2), outcome: { type: 'reserved', expiresAt: QUARTER_PAST }, short: [] },
      {
        orderId: BOB,
        lines: mugs(2),
        outcome: { type: 'rejected', reason: 'out-of-stock', short: 1 },
        short: [{ sku: 'MUG', available: 1 }],
      },
    ]);
    expect(levelOf(book)).toEqual({ ...aLevel('MUG', 1, 2), version: 2 });
  });

  it('rejects an order as a whole in one answer, naming only the lines that lack', () => {
    const book = aBook([aLevel('MUG', 1), aLevel('PEN', 9)]);
    const lines = [...mugs(2), { sku: 'PEN', quantity: 1 }];
    expect(reserveStock(book, [reserve(ANN, lines)])).toMatchObject([{ lines, short: [{ sku: 'MUG', available: 1 }] }]);
    expect(book.changes()).toMatchObject({ levels: [], ledger: [] });
  });

  it('rejects a command whose time is over, for good', () => {
    const book = aBook([aLevel('MUG', 3)]);
    const answers = reserveStock(book, [reserve(ANN, mugs(1), NOON)]);
    expect(answers).toMatchObject([{ outcome: { type: 'rejected', reason: 'expired' }, short: [] }]);
    expect(reserveStock(book, [reserve(ANN, mugs(1))])).toEqual(answers);
  });

  it('answers a repeat as before even when there is stock by now', () => {
    const book = aBook([aLevel('MUG', 1)]);
    const first = reserveStock(book, [reserve(ANN, mugs(1)), reserve(BOB, mugs(1))]);
    releaseReservation(book, [{ orderId: ANN, lines: mugs(1) }]);
    expect(reserveStock(book, [reserve(ANN, mugs(1)), reserve(BOB, mugs(1))])).toEqual(first);
    expect(book.available()).toEqual(new Map([['MUG', 1]]));
  });

  it('gets nothing once its release was there first, not even the lines that the release did not name', () => {
    const book = aBook([aLevel('MUG', 5), aLevel('PEN', 5)]);
    expect(types(releaseReservation(book, [{ orderId: ANN, lines: mugs(2) }]))).toEqual(['released']);
    expect(reserveStock(book, [reserve(ANN, [...mugs(2), { sku: 'PEN', quantity: 1 }])])).toMatchObject([
      { lines: [{ sku: 'MUG' }, { sku: 'PEN' }], outcome: { type: 'rejected', reason: 'expired' } },
    ]);
    expect(book.changes().ledger).toEqual([]);
  });
});

describe('a unit of work', () => {
  it('makes one version step a sku, however often it moved', () => {
    const book = aBook([aLevel('MUG', 3)]);
    reserveStock(book, [reserve(ANN, mugs(1)), reserve(BOB, mugs(1))]);
    commitReservation(book, [{ orderId: ANN, lines: mugs(1) }]);
    expect(levelOf(book)).toEqual({ ...aLevel('MUG', 1, 1, 1), version: 2 });
    expect(book.changes().ledger.map(({ kind }) => kind)).toEqual(['reserve', 'reserve', 'commit']);
  });

  it('refuses to return what it never heard of', () => {
    expect(() => returnStock(aBook([aLevel('MUG', 1)]), [{ orderId: ANN, lines: mugs(1) }])).toThrow(
      expect.objectContaining({ code: 'nothing-to-return' }),
    );
  });
});

const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);

describe(`any commands, repeated and in any order (random seed ${seed})`, () => {
  const SKUS = ['AAA', 'BBB'] as const;
  const STOCK = 5;
  type Verb = 'reserve' | 'commit' | 'release' | 'return';
  interface Command {
    verb: Verb;
    order: number;
    tick: number;
  }
  const command: fc.Arbitrary<Command> = fc.record({
    verb: fc.constantFrom<Verb>('reserve', 'commit', 'release', 'return'),
    order: fc.nat(4),
    tick: fc.nat(3),
  });
  // An order always wants the same lines, as an event-sourced saga would ask again.
  const linesOf = (order: number) => SKUS.slice(0, 1 + (order % 2)).map((sku) => ({ sku, quantity: 1 + (order % 3) }));

  function run(commands: Command[]): { rows: StockBookRows; answers: Answer[] } {
    let rows: StockBookRows = { levels: SKUS.map((sku) => aLevel(sku, STOCK)), lines: [] };
    let book = aBook(rows.levels);
    let now = NOON.getTime();
    const answers: Answer[] = [];
    for (const { verb, order, tick } of commands) {
      now += tick * 60_000;
      [book, rows] = nextBook(book, rows, new Date(now));
      const wanted = { orderId: orderNo(order), lines: linesOf(order) };
      const known = rows.lines.some((line) => line.orderId === wanted.orderId);
      if (verb === 'reserve') answers.push(...reserveStock(book, [{ ...wanted, expiresAt: QUARTER_PAST }]));
      if (verb === 'commit') answers.push(...commitReservation(book, [wanted]));
      if (verb === 'release') answers.push(...releaseReservation(book, [wanted]));
      if (verb === 'return' && known) answers.push(...returnStock(book, [wanted]));
    }
    [book, rows] = nextBook(book, rows);
    return { rows, answers };
  }
  const holds = (check: (commands: Command[]) => void): void =>
    fc.assert(fc.property(fc.array(command, { maxLength: 40 }), check), { seed, numRuns: 300 });

  it('create and destroy no unit and leave no bucket negative', () =>
    holds((commands) => {
      for (const { available, reserved, committed } of run(commands).rows.levels) {
        expect(available + reserved + committed).toBe(STOCK);
        expect(Math.min(available, reserved, committed)).toBeGreaterThanOrEqual(0);
      }
    }));

  it('CMP-2: keep the books equal to the reservations', () =>
    holds((commands) => {
      const { levels, lines } = run(commands).rows;
      const held = (sku: string, state: string): number =>
        lines
          .filter((each) => each.sku === sku && each.line.state === state)
          .reduce((sum, { line }) => sum + line.quantity, 0);
      for (const { sku, reserved, committed } of levels) {
        expect([reserved, committed]).toEqual([held(sku, 'live'), held(sku, 'committed')]);
      }
    }));

  it('CMP-3: change nothing when each is sent twice in a row, and get equal answers', () =>
    holds((commands) => {
      const once = run(commands);
      const twice = run(commands.flatMap((each) => [each, { ...each, tick: 0 }]));
      expect(states(twice.rows)).toEqual(states(once.rows));
      expect(new Set(twice.answers.map(shape))).toEqual(new Set(once.answers.map(shape)));
    }));

  it('never sell what was released, whatever comes late', () =>
    holds((commands) => {
      const firstRelease = commands.findIndex(({ verb }) => verb === 'release');
      const order = commands[firstRelease]?.order;
      if (order === undefined) return;
      if (commands.slice(0, firstRelease).some((each) => each.order === order && each.verb === 'commit')) return;
      const held = run(commands).rows.lines.filter(({ orderId }) => orderId === orderNo(order));
      expect(held.map(({ line }) => line.state)).not.toContain('live');
      expect(held.map(({ line }) => line.state)).not.toContain('committed');
    }));

  const states = ({ lines, levels }: StockBookRows) => ({
    lines: lines.map(({ orderId, sku, line }) => `${orderId} ${sku} ${line.state}`).sort(),
    levels: levels
      .map(({ sku, available, reserved, committed }) => `${sku} ${available} ${reserved} ${committed}`)
      .sort(),
  });
  // A late commit tells once that the reservation expired; its repeat only repeats the refusal.
  const shape = ({ orderId, lines, outcome }: Answer): string => JSON.stringify([orderId, lines, outcome]);
});
