import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * Stands in for the gateway: a key set behind a URL, and internal tokens signed with that key. Issuer and audience are
 * arguments, because libraries know no contract.
 */
export const startTestGateway = async (token: { readonly issuer: string; readonly audience: string }) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'ES256', use: 'sig' }];
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys }))).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const tokenFor = (sub: string, ...roles: string[]): string => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = { iss: token.issuer, aud: token.audience, sub, roles, iat: now, exp: now + 300 };
    const content = `${encode({ alg: 'ES256', kid: 'test', typ: 'JWT' })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${content}.${signature.toString('base64url')}`;
  };

  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    tokenFor,
    stop: (): void => void server.close(),
  };
};
