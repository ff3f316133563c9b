import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chooseSeed, randomOf } from '../../../tools/chaos/src/history/random.ts';
import { type Door, openDoor } from '../support/door.ts';
import { IS_SHORT } from '../support/shop.ts';
import { fuzz, statusesOf } from './fuzz/fuzz.ts';
import { grown, inMib, type Resident, residentMemory, untilBack } from './memory.ts';

const seed = chooseSeed();
/** The other classes bring a few thousand more. */
const COUNT = IS_SHORT ? 2_000 : 20_000;
/** Heaps grow to their working size, and code that has run for the first time stays: that is not what this is about. */
const ROUND = IS_SHORT ? 1_000 : 3_000;
const MOST_ROUNDS = 4;
const STEADY = 1.03;
const RUN_MS = IS_SHORT ? 90_000 : 600_000;
const BACK_WITHIN_MS = 60_000;
const MOST = 1.1;

describe(`malformed requests without end, seed ${seed}`, () => {
  let shop: Door;
  beforeAll(async () => {
    shop = await openDoor('shop');
  }, RUN_MS);
  afterAll(() => shop?.close());

  /** What is in memory once that hardly grows from round to round; of a leak it would never be so. */
  async function warmedUp(random: () => number): Promise<Resident> {
    let last = await residentMemory();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      expect((await fuzz({ door: shop, random, count: ROUND })).findings).toEqual([]);
      const now = await residentMemory();
      if (grown(last, now, STEADY).length === 0) return now;
      last = now;
    }
    return last;
  }

  it(
    `GK-3 ${COUNT} of them: no 5xx, and the memory comes back`,
    async () => {
      const random = randomOf(seed);
      const before = await warmedUp(random);
      const report = await fuzz({ door: shop, random, count: COUNT });
      process.stdout.write(`  fuzzed with seed ${seed}: ${report.inputs} requests: ${statusesOf(report)}\n`);
      expect(report.findings).toEqual([]);
      const { after, findings } = await untilBack(before, MOST, BACK_WITHIN_MS);
      for (const [name, bytes] of Object.entries(after))
        process.stdout.write(`  ${name}: ${inMib(before[name] ?? 0)} before, ${inMib(bytes)} after\n`);
      expect(findings).toEqual([]);
    },
    RUN_MS + BACK_WITHIN_MS,
  );
});
