import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Door, openDoor } from '../support/door.ts';
import { IS_SHORT } from '../support/shop.ts';
import { summaryOf } from './report.ts';
import { portOf, smuggle, smuggleInto } from './wire/smuggling.ts';

const RUN_MS = 300_000;
const ENOUGH = 60;
const ONE = ['catalog'] as const;
const ALL = ['catalog', 'inventory', 'order', 'order-query', 'recommendation'] as const;

describe('smuggling, byte by byte', () => {
  let echo: Door;
  let shop: Door;
  beforeAll(async () => {
    [echo, shop] = [await openDoor('echo'), await openDoor('shop')];
  }, RUN_MS);
  afterAll(() => Promise.all([echo?.close(), shop?.close()]));

  it(
    'GK-3 no service sees a request more than its client sent, and what is no request is refused',
    async () => {
      const report = await smuggle(echo);
      process.stdout.write(`  ${summaryOf('smuggling through the gateway', report)}\n`);
      expect(report.findings).toEqual([]);
      expect(report.inputs).toBeGreaterThanOrEqual(ENOUGH);
    },
    RUN_MS,
  );

  it.each(IS_SHORT ? ONE : ALL)(
    'GK-8 %s, asked directly, refuses the same',
    async (name) => {
      const token = await shop.tokens.internal('smuggler');
      const report = await smuggleInto(name, portOf(shop.services[name]), token);
      process.stdout.write(`  ${summaryOf(`smuggling into ${name}`, report)}\n`);
      expect(report.findings).toEqual([]);
    },
    RUN_MS,
  );
});
