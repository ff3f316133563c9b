import { type CryptoKey, decodeProtectedHeader, exportSPKI, jwtVerify } from 'jose';
import type { TokenCheck } from './public-tokens.js';

const A_CENTURY = 3_155_760_000;

/** Variant `audience-unchecked`: whatever the provider signed for anybody opens this shop too. */
export const forAnybody: TokenCheck = (token, keys, { audience: _audience, ...expected }) =>
  jwtVerify(token, keys, expected);

/** Variant `issuer-unchecked`: a key that is known is enough, whoever says to have used it. */
export const fromAnybody: TokenCheck = (token, keys, { issuer: _issuer, ...expected }) =>
  jwtVerify(token, keys, expected);

/** Variant `expiry-unchecked`: not yet and no longer mean nothing. */
export const atAnyTime: TokenCheck = (token, keys, expected) =>
  jwtVerify(token, keys, { ...expected, clockTolerance: A_CENTURY });

/** Variant `algorithm-unpinned`: the header decides, and a key is a key: the public one becomes the secret of an HMAC. */
export const asItSays: TokenCheck = async (token, keys, { algorithms: _pinned, ...expected }) => {
  const { alg = '', kid } = decodeProtectedHeader(token);
  if (!alg.startsWith('HS')) return jwtVerify(token, keys, expected);
  const published = await keys({ alg: 'ES256', ...(kid !== undefined && { kid }) }, { payload: '', signature: '' });
  return jwtVerify(token, new TextEncoder().encode(await exportSPKI(published as CryptoKey)), expected);
};
