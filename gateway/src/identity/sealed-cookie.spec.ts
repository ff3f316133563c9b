import { describe, expect, it } from '@jest/globals';
import { CompactEncrypt } from 'jose';
import { z } from 'zod';
import { SealedCookie } from './sealed-cookie.js';
import { parseSessionKeys } from './session-keys.js';

const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64url');
const keys = { value: parseSessionKeys(key(1), 'session.key') };
const content = z.object({ text: z.string() });
const cookie = (name: string) => new SealedCookie({ name, content, keys, secure: false });
const visitOf = (header: string | undefined, set: string[] = []) => ({
  request: { method: 'GET', headers: { ...(header !== undefined && { cookie: header }) } },
  reply: { header: (_name: string, value: unknown) => (set.push(String(value)), undefined as never) },
});

async function sealed(name: string, text: string): Promise<string> {
  const set: string[] = [];
  await cookie(name).write(visitOf(undefined, set), { text }, 60);
  return set[0]?.split(';', 1)[0] ?? '';
}

describe('a sealed cookie', () => {
  it('is found among others, and says what was put into it', async () => {
    const pair = await sealed('one', 'hello');
    for (const header of [pair, `a=b; ${pair}`, `xone=1;${pair};  c=d=e`, `one2=1; ${pair} ; one3`])
      expect(await cookie('one').read(visitOf(header))).toEqual({ text: 'hello' });
    for (const header of [undefined, '', 'one', '=', `${pair.replace('one=', 'ONE=')}`])
      expect(await cookie('one').read(visitOf(header))).toBeUndefined();
  });

  it('of another kind is none, though the key and the shape are the same', async () => {
    const pair = (await sealed('one', 'hello')).replace('one=', 'two=');
    expect(await cookie('two').read(visitOf(pair))).toBeUndefined();
  });

  it('is never the same twice: equal content cannot be recognised', async () => {
    expect(await sealed('one', 'hello')).not.toBe(await sealed('one', 'hello'));
  });

  it('longer than a browser keeps is neither made nor read', async () => {
    const text = 'x'.repeat(3_500);
    await expect(sealed('one', text)).rejects.toThrow('do not fit');
    const { id, secret } = keys.value[0];
    const long = await new CompactEncrypt(Buffer.from(JSON.stringify({ text })))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: id, typ: 'one' })
      .encrypt(secret);
    expect(await cookie('one').read(visitOf(`one=${long}`))).toBeUndefined();
  });
});

describe('the file of the session keys', () => {
  it('holds one key a line; the first seals', () => {
    const [first, second, ...others] = parseSessionKeys(`${key(1)}\n${key(2)}\n\n`, 'session.key');
    expect([first.secret[0], second?.secret[0], others]).toEqual([1, 2, []]);
    expect(new Set([first.id, second?.id, key(1)]).size).toBe(3);
  });

  it.each([
    ['nothing', ''],
    ['a short key', Buffer.alloc(31).toString('base64url')],
    ['a password', 'hunter2-hunter2!'],
    ['a bad second', `${key(1)}\nhunter2`],
  ])('is refused when it holds %s, and its content is not shown', (_what, text) => {
    expect(() => parseSessionKeys(text, 'session.key')).toThrow(/^session\.key does not hold session keys/);
    expect(() => parseSessionKeys(text, 'session.key')).not.toThrow(/hunter2/);
  });
});
