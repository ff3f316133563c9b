import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseUrl } from './database-url.js';
import { ConfigError } from './load-config.js';

describe('the URL of the database', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'database-url-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));
  const file = (text: string): string => {
    writeFileSync(join(dir, 'uri'), text);
    return join(dir, 'uri');
  };

  it('is that of the environment, or the content of a file, which wins', () => {
    expect(databaseUrl({ DATABASE_URL: 'postgres://a:b@c/d' })).toBe('postgres://a:b@c/d');
    const DATABASE_URL_FILE = file('postgres://order_app:x@host:5432/souk_order\n');
    const followed = databaseUrl({ DATABASE_URL: 'postgres://a:b@c/d', DATABASE_URL_FILE });
    expect(followed).toMatchObject({ value: 'postgres://order_app:x@host:5432/souk_order' });
  });

  it.each<[string, () => unknown]>([
    ['neither is set', () => databaseUrl({})],
    ['the file is not there', () => databaseUrl({ DATABASE_URL_FILE: join(dir, 'nothing') })],
    ['the file holds something else', () => databaseUrl({ DATABASE_URL_FILE: file('hunter2') })],
  ])('is missing when %s, and no secret is shown', (_what, open) => {
    expect(open).toThrow(ConfigError);
    expect(open).not.toThrow(/hunter2/);
  });
});
