import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureKeys, KEY_FILES } from './secrets.ts';

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
});
