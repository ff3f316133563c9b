import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const env = {
  HTTP_PORT: '8080',
  MANAGEMENT_PORT: '9080',
  CATALOG_URL: 'http://127.0.0.1:1',
  INVENTORY_URL: 'http://127.0.0.1:2',
  ORDER_URL: 'http://127.0.0.1:3',
  INTERNAL_SIGNING_KEY_FILE: '/keys/internal.json',
};

describe('gateway configuration', () => {
  it('takes the development issuer in development', () => {
    expect(readConfig({ ...env, DEV_ISSUER_JWKS_FILE: '/keys/dev.json' })).toMatchObject({ SOUK_MODE: 'development' });
    expect(() => readConfig(env)).toThrow('DEV_ISSUER_JWKS_FILE');
  });

  it('refuses the development issuer in production mode', () => {
    const production = { ...env, SOUK_MODE: 'production' };
    expect(() => readConfig({ ...production, DEV_ISSUER_JWKS_FILE: '/keys/dev.json' })).toThrow(
      'refused in production mode',
    );
    expect(readConfig(production).DEV_ISSUER_JWKS_FILE).toBeUndefined();
  });
});
