import { describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { newKeys } from '../gateway.mother.js';
import { parseSigningKeys } from '../offloading/key-files.js';
import { InternalTokens } from './internal-tokens.js';

describe('internal tokens', () => {
  it('GK-10 are replaced a minute before they end: a long poll must not outlive its token', async () => {
    let now = 1_000;
    const value = parseSigningKeys(JSON.stringify((await newKeys()).privateJwk), 'keys.json');
    const tokens = new InternalTokens({ value }, () => now);
    const alice = { sub: 'alice', roles: [], validUntil: 10_000 };
    const first = await tokens.for('external', alice);
    now += 239;
    expect(await tokens.for('external', alice)).toBe(first);
    now += 1;
    const second = await tokens.for('external', alice);
    expect(decodeJwt(second).exp).toBe(now + 300);
  });

  it.each([
    ['ten minutes', 600, 240],
    ['50 seconds', 50, 25],
  ])('stand for a token that ends in %s without being signed anew each time', async (_what, left, renewedAfter) => {
    let now = 1_000;
    const value = parseSigningKeys(JSON.stringify((await newKeys()).privateJwk), 'keys.json');
    const tokens = new InternalTokens({ value }, () => now);
    const alice = { sub: 'alice', roles: [], validUntil: now + left };
    const first = await tokens.for('external', alice);
    now += renewedAfter - 1;
    expect(await tokens.for('external', alice)).toBe(first);
    now += 1;
    const second = decodeJwt(await tokens.for('external', alice));
    expect([second.iat, second.exp]).toEqual([now, Math.min(now + 300, alice.validUntil)]);
  });

  it('CFG-10 of a key that has gone are not handed out once more', async () => {
    const keysOf = async () => parseSigningKeys(JSON.stringify((await newKeys()).privateJwk), 'keys.json');
    const keys = { value: await keysOf() };
    const tokens = new InternalTokens(keys, () => 1_000);
    const alice = { sub: 'alice', roles: [], validUntil: 10_000 };
    const old = await tokens.for('external', alice);
    expect(tokens.known('external')).toBe(old);
    const signing = tokens.for('slow', alice);
    keys.value = await keysOf();
    await signing;
    expect([tokens.known('external'), tokens.known('slow')]).toEqual([undefined, undefined]);
    expect(decodeProtectedHeader(await tokens.for('external', alice)).kid).toBe(keys.value.kid);
  });
});
