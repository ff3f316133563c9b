import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { PUBLIC_AUDIENCE } from '@souk/contracts';
import { importJWK, type JWK, SignJWT } from 'jose';
import { tokensOf } from '../../../tools/cli/src/shop/token.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import { send } from '../support/send.ts';
import { IS_SHORT } from '../support/shop.ts';
import { bearer } from '../support/tokens.ts';
import { ShopFront } from './shop-front.ts';
import { SteadyLoad } from './steady-load.ts';

const PER_SECOND = 100;
/** Keys are looked at every 30 s, tokens that were seen before every 10; the rest is for a busy machine. */
const REFUSED_WITHIN_MS = 45_000;
const OUTAGE_MS = IS_SHORT ? 5_000 : 600_000;
const ROTATION = IS_SHORT
  ? { times: 2, everyMs: 13_500, tokenSeconds: 5, keyOverlapSeconds: 2 }
  : { times: 10, everyMs: 30_000, tokenSeconds: 12, keyOverlapSeconds: 5 };
const OPEN_MS = 240_000;

let front: ShopFront | undefined;
let load: SteadyLoad | undefined;
afterEach(async () => {
  await load?.stop();
  await front?.close();
  [front, load] = [undefined, undefined];
}, OPEN_MS);

async function open(...settings: Parameters<typeof ShopFront.open>): Promise<{ front: ShopFront; load: SteadyLoad }> {
  front = await ShopFront.open(...settings);
  load = new SteadyLoad(front.gateway, front.issuer, PER_SECOND);
  await answers(load, 50);
  return { front, load };
}

const answers = (steady: SteadyLoad, more: number): Promise<unknown> => {
  const before = steady.answered;
  return waitFor(`${more} answers more`, 20_000, async () => steady.answered >= before + more);
};

/** Good for an hour, by whoever has the key. */
function stolen(key: JWK, issuer: string): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { iss: issuer, aud: PUBLIC_AUDIENCE, sub: 'thief', roles: ['customer'], iat: now, exp: now + 3_600 };
  const sign = async (): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: key.kid ?? '' }).sign(await importJWK(key, 'ES256'));
  return sign();
}

describe('the identity provider under load', () => {
  it(
    `FED-9 is killed and away for ${OUTAGE_MS / 1_000} s: nobody who is signed in is refused`,
    async () => {
      const opened = await open({ tokenSeconds: IS_SHORT ? 60 : 3_600, keyOverlapSeconds: 2 });
      opened.front.killProvider();
      // Makes it look for keys at once; by itself it would only after half a minute.
      const strange = await stolen({ ...opened.front.signingKey(), kid: 'never-seen' }, opened.front.issuer);
      expect([401, 503]).toContain(
        (await send(opened.front.gateway, '/api/cart', { headers: bearer(strange) })).status,
      );
      for (let left = OUTAGE_MS; left > 0; left -= 2_000) {
        await sleep(Math.min(left, 2_000));
        opened.front.forget();
      }
      expect(opened.load.refused).toEqual([]);
      await opened.front.startProvider();
      await answers(opened.load, PER_SECOND);
      expect(opened.load.refused).toEqual([]);
      expect(opened.load.perSecond).toBeGreaterThan(PER_SECOND * 0.9);
    },
    OPEN_MS + OUTAGE_MS,
  );

  it(
    `FED-10 has a new key every ${ROTATION.everyMs / 1_000} s: no good token is refused, and one of a key that has gone is`,
    async () => {
      const { front: shop, load: steady } = await open(ROTATION);
      const key = shop.signingKey();
      const token = await stolen(key, shop.issuer);
      const tryIt = async (): Promise<number> =>
        (await send(shop.gateway, '/api/cart', { headers: bearer(token) })).status;
      expect(await tryIt()).toBe(200);
      let goneAt = Infinity;
      let refusedAt = Infinity;
      const watch = (async () => {
        await waitFor(
          'the first key to go',
          ROTATION.everyMs,
          async () => !(await shop.keys()).published.includes(key.kid ?? ''),
        );
        goneAt = performance.now();
        await waitFor('its tokens to be refused', REFUSED_WITHIN_MS, async () => (await tryIt()) === 401);
        refusedAt = performance.now();
      })();
      watch.catch(() => undefined);
      const signed = new Set<string>([key.kid ?? '']);
      for (let turn = 0; turn < ROTATION.times; turn += 1) {
        const [began] = [performance.now(), await shop.rotate()];
        await sleep(ROTATION.everyMs - (performance.now() - began));
        const { signing, published } = await shop.keys();
        expect(published).toEqual([signing]);
        signed.add(signing);
        shop.forget();
      }
      await watch;
      expect(steady.refused).toEqual([]);
      expect(steady.perSecond).toBeGreaterThan(PER_SECOND * 0.9);
      expect(signed.size).toBe(ROTATION.times + 1);
      expect(refusedAt - goneAt).toBeLessThan(REFUSED_WITHIN_MS);
    },
    OPEN_MS + REFUSED_WITHIN_MS + ROTATION.times * ROTATION.everyMs,
  );

  it.each([
    ['takes a token that it has not seen before the new key was there', '', 200],
    ['would refuse it if one key took the place of the other at once', 'identity-key-swap', 401],
  ])(
    'FED-10 %s',
    async (_what, variants, status) => {
      front = await ShopFront.open({ tokenSeconds: 60, keyOverlapSeconds: 2 }, variants);
      const tokens = tokensOf({ url: front.issuer, instance: 'test' });
      const before = await tokens('before');
      await front.rotate();
      const ask = async (token: string): Promise<number> =>
        (await send(front?.gateway ?? '', '/api/cart', { headers: bearer(token) })).status;
      const after = await tokens('after');
      // A gateway looks for a key that it does not know once a second.
      await waitFor('a token of the new key to be taken', 5_000, async () => (await ask(after)) === 200);
      expect(await ask(before)).toBe(status);
    },
    OPEN_MS,
  );
});
