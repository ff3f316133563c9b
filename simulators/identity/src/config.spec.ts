import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const env = {
  HTTP_PORT: '1',
  MANAGEMENT_PORT: '2',
  IDENTITY_ISSUER: 'http://localhost:8111',
  IDENTITY_KEYS_FILE: '/keys',
  IDENTITY_CLIENT_SECRET_FILE: '/secret',
  IDENTITY_REDIRECT_URIS: 'http://localhost:8080/auth/callback',
  IDENTITY_POST_LOGOUT_URIS: 'http://localhost:8080/',
};
const corporate = 'http://localhost:8111/corporate';

describe('the configuration of a second provider', () => {
  it('may be missing, and is complete where it is there', () => {
    expect(readConfig(env).IDENTITY_CORPORATE_ISSUER).toBeUndefined();
    const both = { IDENTITY_CORPORATE_ISSUER: corporate, IDENTITY_CORPORATE_KEYS_FILE: '/more' };
    expect(readConfig({ ...env, ...both })).toMatchObject(both);
    expect(() => readConfig({ ...env, IDENTITY_CORPORATE_ISSUER: corporate })).toThrow('IDENTITY_CORPORATE_KEYS_FILE');
  });

  it.each(['http://localhost:9999/corporate', 'http://localhost:8111/', 'http://localhost:8111'])(
    'is a path of the same port, not %s',
    (issuer) => {
      const both = { IDENTITY_CORPORATE_ISSUER: issuer, IDENTITY_CORPORATE_KEYS_FILE: '/more' };
      expect(() => readConfig({ ...env, ...both })).toThrow('IDENTITY_CORPORATE_ISSUER');
    },
  );
});
