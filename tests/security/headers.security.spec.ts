import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { REMOVALS, SPOOFS } from './header-spoofs.ts';
import { atService, behindGateway } from './headers.ts';
import { BEHIND, type Door, openDoor } from './support/door.ts';
import { IS_SHORT } from './support/shop.ts';

const OPEN_MS = 240_000;
const all = [...SPOOFS, ...REMOVALS];
/** Every form of every third name, another third for each service. */
const someOf = (service: number) =>
  IS_SHORT ? all.filter(({ name }) => ((name.charCodeAt(2) || 0) + name.length + service) % 3 === 0) : all;

describe('header spoofing', () => {
  let echo: Door;
  let shop: Door;
  beforeAll(async () => {
    [echo, shop] = await Promise.all([openDoor('echo'), openDoor('shop')]);
  }, OPEN_MS);
  afterAll(async () => {
    await Promise.all([echo?.close(), shop?.close()]);
  });

  it(`GK-4 header spoofing and variants: behind the gateway each of ${all.length} requests is as it is without`, async () => {
    expect(await behindGateway(echo, all)).toEqual([]);
  });

  it.each(BEHIND.map((name, index) => ({ name, spoofs: someOf(index) })))(
    'GK-8 header spoofing: $name trusts the signed token and nothing else',
    async ({ name, spoofs }) => {
      expect(spoofs.length).toBeGreaterThan(30);
      expect(await atService(shop, name, spoofs)).toEqual([]);
    },
    OPEN_MS,
  );
});
