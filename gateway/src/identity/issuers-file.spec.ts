import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../config.js';

const BEHIND = ['CATALOG', 'INVENTORY', 'ORDER', 'ORDER_QUERY', 'RECOMMENDATION'];
const env = {
  ...Object.fromEntries(BEHIND.map((name) => [`${name}_URL`, 'http://127.0.0.1:1'])),
  HTTP_PORT: '1',
  MANAGEMENT_PORT: '2',
  PUBLIC_URL: 'https://shop.test',
  OIDC_ISSUER: 'https://a.test',
  OIDC_CLIENT_SECRET_FILE: '/client.secret',
  SESSION_KEY_FILE: '/session.key',
  INTERNAL_SIGNING_KEY_FILE: '/internal.json',
};

describe('the file of issuers at the start of the gateway', () => {
  let dir = '';
  beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'issuers-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  const issuersOf = (issuer: object, more: Record<string, string> = {}) => {
    const file = join(dir, 'issuers.yaml');
    const given = { label: 'A', clientSecretFile: '/secret', issuer: '${OIDC_ISSUER}', ...issuer };
    writeFileSync(file, JSON.stringify({ issuers: { a: given } }).replace(/"(\$\{\w+\})"/g, '$1'));
    return readConfig({ ...env, ISSUERS_FILE: file, ...more }).issuers;
  };

  it('may be missing: then there is the issuer of the environment', () => {
    expect(readConfig(env).issuers).toMatchObject([{ issuer: 'https://a.test', clientSecretFile: '/client.secret' }]);
  });

  it('goes before the environment, whose variables it can use', () => {
    expect(issuersOf({})).toMatchObject([{ name: 'a', issuer: 'https://a.test', clientSecretFile: '/secret' }]);
  });

  it('is named when it is not there, or wrong', () => {
    expect(() => readConfig({ ...env, ISSUERS_FILE: join(dir, 'gone') })).toThrow(/ISSUERS_FILE: .*ENOENT/);
    expect(() => issuersOf({ speed: 1 })).toThrow(/ISSUERS_FILE: line 1, issuers.a: .*speed/);
    expect(() => issuersOf({ issuer: '${NOBODY_SET_THIS}' })).toThrow(/ISSUERS_FILE: the variable NOBODY_SET_THIS/);
  });

  it('knows no client by the audience of access tokens', () => {
    expect(() => issuersOf({ clientId: 'souk-api' })).toThrow(/ISSUERS_FILE: must not be souk-api/);
  });

  it.each([{ issuer: 'http://b.test' }, { reachedAt: 'http://b.test' }])(
    'has https addresses alone in production mode, not %j',
    (issuer) => {
      expect(issuersOf(issuer)).toHaveLength(1);
      expect(() => issuersOf(issuer, { SOUK_MODE: 'production' })).toThrow(/ISSUERS_FILE: names a by an address/);
      expect(issuersOf({}, { SOUK_MODE: 'production' })).toHaveLength(1);
    },
  );
});
