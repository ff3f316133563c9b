import { readFileSync, statSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { signIn, TestIdentity } from './test/identity.mother.js';

let identity: TestIdentity;
afterEach(() => identity.tidyUp());

const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? '';
const published = async (): Promise<string[]> => {
  const { keys } = (await (await fetch(`${identity.url}/jwks`)).json()) as { keys: { kid: string }[] };
  return keys.map(({ kid }) => kid);
};
const state = async () =>
  (await (await identity.knob('GET', '/rotate-key')).json()) as {
    signing: string;
    published: string[];
    signsAt?: string;
  };

/** Asks for tokens and checks those that are still good until `isOver`; answers what was refused, and who signed. */
async function checkMeanwhile(
  isOver: (refused: readonly string[]) => Promise<boolean>,
): Promise<{ refused: string[]; signers: string[] }> {
  const cli = await identity.commandLine();
  // As the gateway does: the keys are looked at again for an unknown id, and no more often than this.
  const keys = createRemoteJWKSet(new URL('/jwks', identity.url), { cooldownDuration: 900, cacheMaxAge: Infinity });
  const tokens: { token: string; at: number; endsAt: number }[] = [];
  const refused: string[] = [];
  const look = async (): Promise<void> => {
    const asked = await client.initiateDeviceAuthorization(cli, { scope: 'openid', login_hint: 'alice' });
    const { access_token: token } = await client.pollDeviceAuthorizationGrant(cli, { ...asked, interval: 0.01 });
    const at = Date.now();
    const last = tokens.at(-1);
    // Five a second are enough to be checked again and again.
    if (last === undefined || last.at < at - 200 || kidOf(last.token) !== kidOf(token))
      tokens.push({ token, at, endsAt: (decodeJwt(token).exp ?? 0) * 1_000 });
    for (const { token: one } of tokens.filter(({ endsAt }) => endsAt > at)) {
      const check = jwtVerify(one, keys, { audience: 'souk-api', currentDate: new Date(at) });
      await check.catch((error: unknown) => refused.push(String(error)));
    }
  };
  await look();
  expect((await identity.knob('POST', '/rotate-key')).status).toBe(202);
  await waitFor(
    async () => {
      await look();
      return isOver(refused);
    },
    { timeoutMs: 20_000, what: 'the rotation to be over' },
  );
  return { refused, signers: [...new Set(tokens.map(({ token }) => kidOf(token)))] };
}

describe('FED-10 a rotation of the signing key', () => {
  it('refuses no valid token at any moment, to somebody who looks at the keys now and then', async () => {
    identity = await TestIdentity.start({ tokenSeconds: 5, keyOverlapSeconds: 1 });
    const first = (await state()).signing;
    const seen = new Set<string>();
    const { refused, signers } = await checkMeanwhile(async () => {
      const now = await published();
      seen.add(now.join());
      return now.length === 1;
    });
    expect(refused).toEqual([]);
    const [old, next = ''] = signers;
    expect([signers.length, old]).toEqual([2, first]);
    // Published, then signing, then alone.
    expect([...seen]).toEqual([`${first},${next}`, `${next},${first}`, next]);
  });

  it('refuses valid tokens when one key is put for another, as the variant identity-key-swap does', async () => {
    identity = await TestIdentity.start({ tokenSeconds: 5, keyOverlapSeconds: 1 }, 'identity-key-swap');
    const { refused } = await checkMeanwhile(async (soFar) => soFar.length > 0);
    expect(refused.length).toBeGreaterThan(0);
  });

  it('is one at a time, and goes on after a restart where it was', async () => {
    identity = await TestIdentity.start({ tokenSeconds: 5, keyOverlapSeconds: 2 });
    const [one, two] = await Promise.all([1, 2].map(() => identity.knob('POST', '/rotate-key')));
    expect(await one?.json()).toEqual(await two?.json());
    const third = (await (await identity.knob('POST', '/rotate-key')).json()) as { published: string[] };
    expect(third.published).toHaveLength(2);
    const before = await state();
    await identity.end();
    await identity.begin();
    expect(await state()).toEqual(before);
    const next = before.published.find((kid) => kid !== before.signing);
    await waitFor(async () => (await state()).signing === next, { what: 'the new key to sign' });
    expect(kidOf((await signIn(await identity.gateway(), 'alice')).access_token)).toBe(next);
    expect(await published()).toEqual([next, before.signing]);
  });

  it('keeps sessions: what was begun with the old key goes on with the new', async () => {
    identity = await TestIdentity.start({ tokenSeconds: 5, keyOverlapSeconds: 0 });
    const gateway = await identity.gateway();
    const { refresh_token: refresh = '', access_token: token } = await signIn(gateway, 'alice');
    await identity.knob('POST', '/rotate-key');
    await waitFor(async () => (await state()).signing !== kidOf(token), {
      what: 'the new key to sign',
    });
    const renewed = await client.refreshTokenGrant(gateway, refresh);
    expect(kidOf(renewed.access_token)).toBe((await state()).signing);
  });

  it('waits for tokens of a time when they lived longer', async () => {
    identity = await TestIdentity.start({ tokenSeconds: 300, keyOverlapSeconds: 0 });
    await identity.change({ tokenSeconds: 5, keyOverlapSeconds: 0 });
    const began = Date.now();
    const { retireAt = '' } = (await (await identity.knob('POST', '/rotate-key')).json()) as { retireAt?: string };
    expect(Date.parse(retireAt) - began).toBeGreaterThan(300_000);
  });

  it('leaves the file for the eyes of its owner', async () => {
    identity = await TestIdentity.start({ keyOverlapSeconds: 0 });
    await identity.knob('POST', '/rotate-key');
    expect(statSync(identity.keysFile).mode & 0o777).toBe(0o600);
  });
});

describe('keys', () => {
  it('outlive a restart', async () => {
    identity = await TestIdentity.start();
    const { access_token: token } = await signIn(await identity.gateway(), 'alice');
    await identity.end();
    await identity.begin();
    const keys = createRemoteJWKSet(new URL('/jwks', identity.url));
    expect((await jwtVerify(token, keys)).payload.sub).toBe('alice');
  });

  it('never show their private half', async () => {
    identity = await TestIdentity.start();
    await identity.knob('POST', '/rotate-key');
    const secrets = (JSON.parse(readFileSync(identity.keysFile, 'utf8')) as { keys: { d: string }[] }).keys;
    const shown = [
      await (await fetch(`${identity.url}/jwks`)).text(),
      JSON.stringify(await state()),
      ...identity.logged,
    ];
    for (const { d } of secrets) expect(shown.filter((text) => text.includes(d))).toEqual([]);
  });
});
