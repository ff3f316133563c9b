import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const env = {
  HTTP_PORT: '8080',
  MANAGEMENT_PORT: '9080',
  CATALOG_URL: 'http://127.0.0.1:1',
  INVENTORY_URL: 'http://127.0.0.1:2',
  ORDER_URL: 'http://127.0.0.1:3',
  ORDER_QUERY_URL: 'http://127.0.0.1:4',
  RECOMMENDATION_URL: 'http://127.0.0.1:5',
  PUBLIC_URL: 'http://localhost:8080/',
  OIDC_ISSUER: 'http://localhost:8111',
  OIDC_CLIENT_SECRET_FILE: '/keys/client.secret',
  SESSION_KEY_FILE: '/keys/session.key',
  INTERNAL_SIGNING_KEY_FILE: '/keys/internal.json',
};

describe('gateway configuration', () => {
  it('takes plain http for development, and the public address without its slash', () => {
    expect(readConfig(env)).toMatchObject({
      SOUK_MODE: 'development',
      PUBLIC_URL: 'http://localhost:8080',
      OIDC_CLIENT_ID: 'souk-gateway',
    });
  });

  it('does without brokers, but not with an empty list of them', () => {
    expect(readConfig(env).KAFKA_BROKERS).toBeUndefined();
    expect(readConfig({ ...env, KAFKA_BROKERS: 'a:1, b:2' }).KAFKA_BROKERS).toEqual(['a:1', 'b:2']);
    expect(() => readConfig({ ...env, KAFKA_BROKERS: ',' })).toThrow(/KAFKA_BROKERS: expected at least one/);
  });

  it('GK-1 believes what the gatekeeper says of addresses where nobody else can call, and nobody otherwise', () => {
    const guarded = { ...env, GATEKEEPER_JWKS_URL: 'http://gatekeeper:9090/jwks.json' };
    expect(readConfig(env).TRUSTED_PROXIES).toEqual([]);
    expect(readConfig(guarded).TRUSTED_PROXIES).toEqual(['0.0.0.0/0', '::/0']);
    expect(() => readConfig({ ...guarded, TRUSTED_PROXIES: '10.0.0.0/8' })).toThrow(
      /TRUSTED_PROXIES: must be empty with GATEKEEPER_JWKS_URL: .* to its own TRUSTED_PROXIES/,
    );
  });

  it('OFF-1 wants a certificate with its key, or neither', () => {
    expect(() => readConfig({ ...env, TLS_CERT_FILE: '/tls.crt' })).toThrow(/TLS_KEY_FILE: must be given/);
    expect(() => readConfig({ ...env, TLS_KEY_FILE: '/tls.key' })).toThrow(/TLS_CERT_FILE: must be given/);
    const both = { TLS_CERT_FILE: '/tls.crt', TLS_KEY_FILE: '/tls.key' };
    expect(readConfig({ ...env, ...both })).toMatchObject(both);
  });

  it('OFF-2 trusts the proxies that it is told to, and no nonsense', () => {
    expect(readConfig(env).TRUSTED_PROXIES).toEqual([]);
    expect(readConfig({ ...env, TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).TRUSTED_PROXIES).toEqual(['10.0.0.0/8', '::1']);
    expect(() => readConfig({ ...env, TRUSTED_PROXIES: 'lb.internal' })).toThrow(/TRUSTED_PROXIES: lb.internal is no/);
  });

  it('takes one instance of a service, or several', () => {
    const addresses = (value: string) => readConfig({ ...env, CATALOG_URL: value }).CATALOG_URL;
    expect(addresses('http://a:1/')).toEqual(['http://a:1/']);
    expect(addresses('http://a:1, https://b:2/')).toEqual(['http://a:1', 'https://b:2/']);
    for (const wrong of ['', ' , ', 'catalog', 'http://a,ftp://b'])
      expect(() => addresses(wrong)).toThrow(/CATALOG_URL/);
  });

  it('refuses a public address with a path: cookies and redirects are for the whole host', () => {
    expect(() => readConfig({ ...env, CATALOG_URL: 'http://127.0.0.1:1,http://127.0.0.1:2/base' })).toThrow(
      /CATALOG_URL: expected an address without path/,
    );
    expect(() => readConfig({ ...env, PUBLIC_URL: 'https://shop.example/souk' })).toThrow(
      /PUBLIC_URL: must have no path/,
    );
  });

  it('refuses a client whose ID tokens would pass for access tokens', () => {
    expect(() => readConfig({ ...env, OIDC_CLIENT_ID: 'souk-api' })).toThrow(/OIDC_CLIENT_ID: must not be souk-api/);
  });

  it.each([
    ['https://shop.example', /ISSUERS_FILE: gives acme a shop by another protocol than PUBLIC_URL has/],
    ['http://shop.example:8443', /ISSUERS_FILE: gives acme a shop at the host of PUBLIC_URL/],
  ])('FED-12 refuses a tenant at %s, whose cookies would be those of others', (shop, complaint) => {
    const folder = mkdtempSync(join(tmpdir(), 'issuers-'));
    const file = join(folder, 'issuers.yaml');
    const issuer = (url: string) => ({ issuer: url, clientSecretFile: '/a', label: 'A' });
    const acme = { ...issuer('https://corp.example'), shop };
    writeFileSync(file, JSON.stringify({ issuers: { social: issuer('https://id.example'), acme } }));
    try {
      const given = { ...env, PUBLIC_URL: 'http://shop.example:8080', ISSUERS_FILE: file };
      expect(() => readConfig(given)).toThrow(complaint);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('lets codes, tokens and cookies travel over https only in production mode', () => {
    const production = { ...env, SOUK_MODE: 'production', OIDC_URL: 'http://identity:8080' };
    expect(() => readConfig(production)).toThrow(
      /PUBLIC_URL: .*\n.*OIDC_ISSUER: .*\n.*OIDC_URL: must be an https address/,
    );
    const urls = {
      PUBLIC_URL: 'https://shop.example',
      OIDC_ISSUER: 'https://id.example',
      OIDC_URL: 'https://id.internal',
    };
    expect(readConfig({ ...production, ...urls })).toMatchObject(urls);
  });
});
