import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Door, openDoor } from '../support/door.ts';
import { IS_SHORT } from '../support/shop.ts';
import { abuseBody, announcedHuge, takesBody } from './bodies/body-abuse.ts';
import { summaryOf } from './report.ts';

const RUN_MS = 240_000;

describe('bodies that are not what they should be', () => {
  let shop: Door;
  let total = 0;
  beforeAll(async () => {
    shop = await openDoor('shop');
  }, RUN_MS);
  afterAll(async () => {
    process.stdout.write(`  bodies: ${total} in all\n`);
    await shop?.close();
  });

  it.each(takesBody().map((operation) => [operation.id, operation] as const))(
    'GK-3 GK-11 %s refuses them, quickly',
    async (_id, operation) => {
      const report = await abuseBody(shop, operation, IS_SHORT ? 5 : 1);
      total += report.inputs;
      process.stdout.write(
        `  ${summaryOf(operation.id, report)}, the slowest after ${Math.round(report.slowest)} ms\n`,
      );
      expect(report.findings).toEqual([]);
    },
    RUN_MS,
  );

  it(
    'GK-11 50 MiB are refused long before they are there',
    async () => {
      const echo = await openDoor('echo');
      const report = await announcedHuge(echo).finally(() => echo.close());
      expect(report.findings).toEqual([]);
    },
    RUN_MS,
  );
});
