import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '@souk/contracts';
import { importJWK, SignJWT, type JWK } from 'jose';
import { CliError } from '../errors.ts';
import { KEY_FILES } from '../secrets.ts';
import { soukCommand } from '../souk-command.ts';
import { loadContracts } from './contracts.ts';

const USER = /^[a-z0-9-]{1,40}$/;
const CLI_LIFETIME_SECONDS = 12 * 60 * 60;

/** What a development token says; the defaults are right for the command line, tests forge the rest. */
export interface DevToken {
  user: string;
  roles?: Role[];
  /** Seconds from now until the token expires; negative for a token that has expired. */
  expiresInSeconds?: number;
  issuer?: string;
  audience?: string;
}

/** The user `admin` is the one administrator of the development issuer. */
export function rolesOf(user: string): Role[] {
  return user === 'admin' ? ['customer', 'admin'] : ['customer'];
}

/** The private key of the development issuer, made at the first start of an instance. */
export async function devIssuerKey(secretsDir: string, instance = 'default'): Promise<JWK> {
  const file = join(secretsDir, KEY_FILES.devIssuerPrivate);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const fix = soukCommand(instance, 'up');
    throw new CliError(`no signing key at ${file}`, 'it is made when the shop starts', fix, { cause });
  });
  return JSON.parse(text) as JWK;
}

/** Signs an access token of the development issuer with `key`; the token is an ES256 JWT. */
export async function signDevToken(key: JWK, token: DevToken, now = new Date()): Promise<string> {
  const { DEV_ISSUER, PUBLIC_AUDIENCE } = await loadContracts('default');
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ roles: token.roles ?? rolesOf(token.user) })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setIssuer(token.issuer ?? DEV_ISSUER)
    .setAudience(token.audience ?? PUBLIC_AUDIENCE)
    .setSubject(token.user)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + (token.expiresInSeconds ?? CLI_LIFETIME_SECONDS))
    .sign(await importJWK(key, 'ES256'));
}

/** A token for a person at the command line: 12 hours, checked user name, never in production mode. */
export async function issueToken(
  secretsDir: string,
  user: string,
  mode: string | undefined,
  instance = 'default',
): Promise<string> {
  if (mode === 'production') {
    throw new CliError(
      'no development token with SOUK_MODE=production',
      'the development issuer signs for anybody',
      'get a token from your identity provider',
    );
  }
  if (!USER.test(user)) {
    throw new CliError(
      `'${user}' is not a user name`,
      'it stands in tokens and logs',
      'use 1 to 40 of a-z, 0-9 and -, for example: ./souk token alice',
    );
  }
  return signDevToken(await devIssuerKey(secretsDir, instance), { user });
}
