import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from './load-config.js';
import { valkeyEnv, valkeyUrl } from './valkey.js';

describe('the URL of Valkey', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'valkey-url-'));
    writeFileSync(join(dir, 'password'), 'p@ss/word\n');
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('is none where none is given, whatever file there is', () => {
    expect(valkeyUrl({ VALKEY_PASSWORD_FILE: '/nowhere' })).toBeUndefined();
  });

  it('is what the environment says, or that with the password of the file', () => {
    expect(valkeyUrl({ VALKEY_URL: 'rediss://:a@v:1' })).toBe('rediss://:a@v:1');
    const given = { VALKEY_URL: 'redis://127.0.0.1:19379', VALKEY_PASSWORD_FILE: join(dir, 'password') };
    const url = new URL(valkeyUrl(given) ?? '');
    expect([decodeURIComponent(url.password), url.host]).toEqual(['p@ss/word', '127.0.0.1:19379']);
  });

  it('is refused when it is no Redis URL, or its password cannot be read', () => {
    expect(() => loadConfig(valkeyEnv, { VALKEY_URL: 'http://v' })).toThrow(ConfigError);
    const unreadable = { VALKEY_URL: 'redis://v', VALKEY_PASSWORD_FILE: join(dir, 'nothing') };
    expect(() => valkeyUrl(unreadable)).toThrow(/VALKEY_PASSWORD_FILE/);
  });
});
