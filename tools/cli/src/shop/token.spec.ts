import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose';
import { ensureKeys, KEY_FILES } from '../secrets.ts';
import { devIssuerKey, issueToken, signDevToken } from './token.ts';

const dir = mkdtempSync(join(tmpdir(), 'souk-token-'));
beforeAll(() => ensureKeys(dir));
afterAll(() => rmSync(dir, { recursive: true }));

describe('a development token', () => {
  it('is verified with the published key, for our audience and issuer, and lives 12 hours', async () => {
    const keys = createLocalJWKSet(
      JSON.parse(readFileSync(join(dir, KEY_FILES.devIssuerPublic), 'utf8')) as JSONWebKeySet,
    );
    const token = await issueToken(dir, 'alice', undefined);
    const { payload } = await jwtVerify(token, keys, {
      issuer: 'https://dev-issuer.souk.local',
      audience: 'souk-api',
      algorithms: ['ES256'],
    });
    expect(payload).toMatchObject({ sub: 'alice', roles: ['customer'] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(43_200);
  });

  it('makes only admin an administrator', async () => {
    expect(decodeJwt(await issueToken(dir, 'admin', 'development'))['roles']).toEqual(['customer', 'admin']);
    expect(decodeJwt(await issueToken(dir, 'admin-2', 'development'))['roles']).toEqual(['customer']);
  });

  it('can be one that has expired, for tests', async () => {
    const now = new Date('2026-03-04T12:00:00Z');
    const token = await signDevToken(await devIssuerKey(dir), { user: 'alice', expiresInSeconds: -1 }, now);
    expect(decodeJwt(token).exp).toBe(now.getTime() / 1000 - 1);
  });

  it('is refused in production mode and for an impossible name', async () => {
    await expect(issueToken(dir, 'alice', 'production')).rejects.toThrow('no development token');
    for (const name of ['', 'Alice', 'a b', 'a'.repeat(41), '../x']) {
      await expect(issueToken(dir, name, undefined)).rejects.toThrow('is not a user name');
    }
  });

  it('asks for a start of the shop when there is no key', async () => {
    await expect(issueToken(join(dir, 'missing'), 'alice', undefined)).rejects.toMatchObject({ fix: './souk up' });
    await expect(issueToken(join(dir, 'missing'), 'alice', undefined, 'blue')).rejects.toMatchObject({
      fix: './souk up --instance blue',
    });
  });
});
