import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureKeys, KEY_FILES, secret } from './secrets.ts';

describe('the keys of an instance', () => {
  let dir = '';
  beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'souk-secrets-'))));
  afterEach(() => rmSync(dir, { recursive: true }));
  const contents = () =>
    Object.fromEntries(readdirSync(dir).map((file) => [file, readFileSync(join(dir, file), 'utf8')]));

  it('are made for the eyes of their owner', async () => {
    await ensureKeys(dir);
    expect(readdirSync(dir).sort()).toEqual(Object.values(KEY_FILES).sort());
    for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
    const { keys } = JSON.parse(contents()[KEY_FILES.identityKeys] ?? '') as { keys: { d: string; kid: string }[] };
    expect(keys).toMatchObject([{ kty: 'EC', crv: 'P-256', d: expect.any(String), kid: expect.any(String) }]);
    expect(Buffer.from(contents()[KEY_FILES.sessionKey] ?? '', 'base64url')).toHaveLength(32);
  });

  it('have the API key of the benchmarks in the list of the gateway, by its hash alone', async () => {
    await ensureKeys(dir);
    const key = contents()[KEY_FILES.benchApiKey] ?? '';
    expect(Buffer.from(key, 'base64url')).toHaveLength(32);
    const sha256 = createHash('sha256').update(key).digest('hex');
    expect(JSON.parse(contents()[KEY_FILES.apiKeys] ?? '')).toEqual({ keys: [{ holder: 'bench', sha256 }] });
  });

  it('stay what they are, and each that is missing is made by itself', async () => {
    await ensureKeys(dir);
    const before = contents();
    rmSync(join(dir, KEY_FILES.identityKeys));
    await ensureKeys(dir);
    const after = contents();
    expect(Object.keys(before).filter((file) => before[file] !== after[file])).toEqual([KEY_FILES.identityKeys]);
  });

  it('are made again where a killed command has left them empty', async () => {
    for (const file of ['order', KEY_FILES.sessionKey]) writeFileSync(join(dir, file), '');
    await ensureKeys(dir);
    expect(secret(dir, 'order')).toMatch(/^[0-9a-f]{48}$/);
    expect(contents()[KEY_FILES.sessionKey]).toHaveLength(43);
    expect(statSync(join(dir, 'order')).mode & 0o777).toBe(0o600);
    expect(secret(dir, 'order')).toBe(contents().order);
  });

  it('are never there in part', () => {
    symlinkSync('/dev/full', join(dir, `order.${process.pid}.draft`)); // it cannot be written to its end
    expect(() => secret(dir, 'order')).toThrow('ENOSPC');
    expect(readdirSync(dir)).toEqual([]);
  });
});
