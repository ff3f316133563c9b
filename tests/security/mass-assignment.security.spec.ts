import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asItShouldBe, assigned, type Target, targetsOf, writables } from './mass-assignment.ts';
import { BEHIND, type Door, openDoor } from './support/door.ts';
import { send } from './support/send.ts';
import { bearer } from './support/tokens.ts';

const MS = 240_000;
let door: Door;
let targets: Readonly<Record<string, Target>>;
beforeAll(async () => {
  door = await openDoor('shop');
  targets = await targetsOf(door);
}, MS);
afterAll(() => door?.close());

const nowhere: Target = { base: '', headers: {} };
const places = [
  ...writables().map((operation) => ({ where: 'gateway', operation })),
  ...BEHIND.flatMap((where) => writables(where).map((operation) => ({ where, operation }))),
].map((place) => ({ ...place, key: place.operation.key, has: Object.keys(place.operation.body).join(', ') }));

/** What could have been stored: products, the cart and the orders of whoever asks. */
async function stored(): Promise<unknown> {
  const headers = bearer(await door.tokens.admin());
  const paths = ['/api/products?pageSize=1', '/api/cart', '/api/orders', '/api/stock/TEA-MINT-250'];
  const answers = await Promise.all(paths.map((path) => send(door.url, path, { headers })));
  return answers.map(({ json: { traceId: _trace, asOf: _now, ...json } }) => json);
}

describe('mass assignment', () => {
  it.each(places)(
    'GK-8 GK-11 mass assignment: $key at $where ($has) refuses every field too many with 400, and stores nothing',
    async ({ where, operation }) => {
      const target = targets[where] ?? nowhere;
      const before = await stored();
      expect(await assigned(target, operation)).toEqual([]);
      expect(await stored()).toEqual(before);
    },
    MS,
  );

  // Last, because these are done: orders are placed, products made.
  it.each(places)(
    '$key at $where ($has) takes the same body without it: what was refused is the field',
    async ({ where, operation }) => {
      expect((await asItShouldBe(targets[where] ?? nowhere, operation)).status).not.toBe(400);
    },
    MS,
  );
});
