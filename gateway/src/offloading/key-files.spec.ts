import { describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import { newKeys } from '../gateway.mother.js';
import { parseSigningKeys } from './key-files.js';

const parse = (content: unknown) => parseSigningKeys(JSON.stringify(content), 'keys.json');

describe('the file of the signing keys', () => {
  it('holds one key, or a set of which the first signs; public halves alone are published', async () => {
    const [first, second] = [await newKeys(), await newKeys()];
    expect(parse(first.privateJwk)).toMatchObject({ kid: first.publicJwk.kid, published: [first.publicJwk] });
    const both = parse({ keys: [second.privateJwk, first.privateJwk], rotation: { to: second.publicJwk.kid } });
    expect(both.kid).toBe(second.publicJwk.kid);
    expect(both.published).toEqual([second.publicJwk, first.publicJwk]);
    expect(JSON.stringify(both.published)).not.toContain('"d"');
  });

  it('names a key without an id by its thumbprint', async () => {
    const { kid: _kid, ...jwk } = (await newKeys()).privateJwk;
    expect(parse(jwk).kid).toBe(await calculateJwkThumbprint(jwk));
  });

  it('is refused when it holds something else, and its content is not shown', async () => {
    const { privateJwk, publicJwk } = await newKeys();
    const other = await newKeys();
    const wrong: unknown[] = [
      {},
      [],
      null,
      { keys: [] },
      publicJwk,
      { keys: [privateJwk, publicJwk] },
      { keys: [privateJwk, privateJwk] },
      { ...privateJwk, d: other.privateJwk.d },
      { ...privateJwk, crv: 'P-384' },
      { ...privateJwk, d: 'hunter2' },
    ];
    for (const content of wrong) {
      expect(() => parse(content)).toThrow(/keys\.json does not hold private ES256 keys/);
      expect(() => parse(content)).not.toThrow(/hunter2/);
    }
    expect(() => parseSigningKeys('{"keys":[', 'keys.json')).toThrow(/does not hold/);
  });
});
