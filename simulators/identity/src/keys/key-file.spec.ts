import { describe, expect, it } from '@jest/globals';
import { parseKeys, shownKeys } from './key-file.js';
import { newKey } from './new-key.js';

const OTHER_HALF = Buffer.alloc(32, 7).toString('base64url');

describe('the file with the keys', () => {
  it('holds private keys, of which the first signs', async () => {
    const [one, two] = [await newKey(), await newKey()];
    const file = parseKeys(JSON.stringify({ keys: [one, two] }), 'keys.json');
    expect(shownKeys(file)).toEqual({ signing: one.kid, published: [one.kid, two.kid] });
  });

  it.each<[string, (key: object) => unknown]>([
    ['no JSON', () => undefined],
    ['no key', () => ({ keys: [] })],
    ['a public key', (key) => ({ keys: [{ ...key, d: undefined }] })],
    ['a key of another kind', (key) => ({ keys: [{ ...key, crv: 'P-521' }] })],
    ['halves of two keys', (key) => ({ keys: [{ ...key, d: OTHER_HALF }] })],
    ['a point that is on no curve', (key) => ({ keys: [{ ...key, x: 'x' }] })],
    ['one key twice', (key) => ({ keys: [key, key] })],
    ['a rotation without a key', (key) => ({ keys: [key], rotation: { retireAt: 'soon' } })],
  ])('is refused by name with %s, and shows none of it', async (_what, content) => {
    const key = await newKey();
    const parse = () => parseKeys(JSON.stringify(content(key)) ?? '{', '/secrets/keys.json');
    expect(parse).toThrow('/secrets/keys.json does not hold');
    expect(parse).not.toThrow(key['d']);
  });
});
