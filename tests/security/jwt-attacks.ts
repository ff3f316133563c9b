import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { exportSPKI, importJWK, type JWK, SignJWT } from 'jose';

/** Makes a token of one side, with the key that is good there; `undefined` leaves a claim out, `text` changes the JSON that is signed. */
export type Sign = (wish: {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly text?: (json: string) => string;
  readonly header?: Readonly<Record<string, unknown>>;
}) => Promise<string>;

export interface Side {
  readonly sign: Sign;
  /** As the side publishes it. */
  readonly published: JWK;
  /** One that is good on the other side. */
  readonly foreign: () => Promise<string>;
  /** Others who are believed, with keys of their own. */
  readonly otherIssuers: readonly string[];
}

export interface Attack {
  readonly name: string;
  readonly kind: 'algorithm' | 'key' | 'audience' | 'issuer' | 'time' | 'form';
  readonly token: () => Promise<string>;
}

const HUGE = 100 * 1024;
const b64 = (value: string | object): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1_000);

/** Takes a good token apart and puts another header, payload or signature in. */
async function altered(
  side: Side,
  alter: (parts: { header: Record<string, unknown>; payload: string; signature: string }) => string,
): Promise<string> {
  const [header = '', payload = '', signature = ''] = (await side.sign({})).split('.');
  const parsed = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>;
  return alter({ header: parsed, payload, signature });
}

/** JSON of an object in which names are there a second time. */
export const alsoSaying = (json: string, more: Readonly<Record<string, unknown>>): string =>
  `${json.slice(0, -1)},${JSON.stringify(more).slice(1)}`;

/** Everything that a token may lie about, for one side of the gateway. All of them must be answered 401. */
export function jwtAttacks(side: Side): Attack[] {
  return [...algorithms(side), ...keys(side), ...claims(side), ...times(side), ...twice(side), ...forms(side)];
}

function algorithms(side: Side): Attack[] {
  const none = ['none', 'None', 'nOnE', 'NONE', ''].map((alg) => ({
    name: `alg ${JSON.stringify(alg)}, no signature`,
    token: () => altered(side, ({ header, payload }) => `${b64({ ...header, alg })}.${payload}.`),
  }));
  const kept = ['none', 'HS256', 'ES384', 'RS256', 'PS256', 'EdDSA'].map((alg) => ({
    name: `alg ${alg}, the signature kept`,
    token: () =>
      altered(side, ({ header, payload, signature }) => `${b64({ ...header, alg })}.${payload}.${signature}`),
  }));
  const confused = (['pem', 'jwk', 'x'] as const).flatMap((form) =>
    [256, 384, 512].map((bits) => ({
      name: `HS${bits} with the public key as secret (${form})`,
      token: () => hmacToken(side, bits, form),
    })),
  );
  // Who takes the last of two reads one that needs no signature, who takes the first looks for one that is not there.
  const twice = {
    name: 'alg ES256 and then, once more, none, no signature',
    token: () =>
      altered(side, ({ header, payload }) => `${b64(alsoSaying(JSON.stringify(header), { alg: 'none' }))}.${payload}.`),
  };
  return [...none, ...kept, ...confused, twice].map((one) => ({ ...one, kind: 'algorithm' as const }));
}

/** The public key in the forms in which a library could take it for a secret. */
async function hmacToken(side: Side, bits: number, form: 'pem' | 'jwk' | 'x'): Promise<string> {
  const { published } = side;
  const key = await importJWK(published, 'ES256');
  const secret = {
    pem: key instanceof Uint8Array ? '' : await exportSPKI(key),
    jwk: JSON.stringify(published),
    x: Buffer.from(published.x ?? '', 'base64url'),
  }[form];
  return altered(side, ({ header, payload }) => {
    const signed = `${b64({ ...header, alg: `HS${bits}` })}.${payload}`;
    return `${signed}.${createHmac(`sha${bits}`, secret).update(signed).digest('base64url')}`;
  });
}

/** Of somebody who is known to nobody, at most by the id of a known key. */
async function strangers(side: Side, header: (own: JWK) => Record<string, unknown>): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const payload = JSON.parse(Buffer.from((await side.sign({})).split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const own = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid: 'stranger', alg: 'ES256', use: 'sig' };
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', ...header(own) }).sign(privateKey);
}

function keys(side: Side): Attack[] {
  const kid = side.published.kid ?? '';
  const jwks = 'http://127.0.0.1:1/jwks.json';
  const headers: readonly (readonly [string, (own: JWK) => Record<string, unknown>])[] = [
    ['a known kid', () => ({ kid })],
    ['no kid', () => ({})],
    ['an unknown kid', () => ({ kid: randomUUID() })],
    ['a kid that is a path', () => ({ kid: '../../../../dev/null' })],
    ['a kid that is SQL', () => ({ kid: "x' union select 'secret'; --" })],
    ['a kid that is a command', () => ({ kid: '|cat /etc/passwd' })],
    ['a kid of a prototype', () => ({ kid: '__proto__' })],
    ['a kid of 8 KiB', () => ({ kid: 'k'.repeat(8_192) })],
    ['its key in the header (jwk)', (own) => ({ kid, jwk: own })],
    ['the address of its key (jku)', () => ({ kid, jku: jwks })],
    ['the address of its certificate (x5u)', () => ({ kid, x5u: jwks })],
    ['a certificate in the header (x5c)', () => ({ kid, x5c: ['MIIB'] })],
    ['a header that must be understood (crit)', () => ({ kid, crit: ['b64'], b64: true })],
  ];
  const own = headers.map(([name, header]) => ({
    name: `a key of its own, ${name}`,
    token: () => strangers(side, header),
  }));
  const signatures: readonly (readonly [string, (signature: string) => string])[] = [
    ['empty', () => ''],
    ['of zeros', () => b64('\0'.repeat(64))],
    ['cut', (signature) => signature.slice(0, 40)],
    ['changed', (signature) => `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`],
    ['of another token', () => b64('x'.repeat(64))],
    ['in DER', () => b64('0D\u0002 '.padEnd(70, 'a'))],
  ];
  const bad = signatures.map(([name, change]) => ({
    name: `a signature that is ${name}`,
    token: () => altered(side, ({ header, payload, signature }) => `${b64(header)}.${payload}.${change(signature)}`),
  }));
  const swapped = {
    name: 'another payload under the signature',
    token: () =>
      altered(side, ({ header, payload, signature }) => {
        const claimed = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
        return `${b64(header)}.${b64({ ...claimed, sub: 'admin', roles: ['admin'] })}.${signature}`;
      }),
  };
  return [...own, ...bad, swapped].map((one) => ({ ...one, kind: 'key' as const }));
}

function claims(side: Side): Attack[] {
  const audiences = ['somebody-else', '', [], ['somebody-else'], {}, null, undefined, 0].map((aud) => ({
    name: `audience ${JSON.stringify(aud)}`,
    kind: 'audience' as const,
    token: () => side.sign({ claims: { aud } }),
  }));
  const issuers = ['http://evil.example', '', 'http://localhost', {}, null, undefined, 0, ...side.otherIssuers].map(
    (iss) => ({
      name: `issuer ${JSON.stringify(iss)}`,
      kind: 'issuer' as const,
      token: () => side.sign({ claims: { iss } }),
    }),
  );
  const subjects = [undefined, '', null, 0, {}, ['alice'], 'a'.repeat(10_000)].map((sub) => ({
    name: `subject ${JSON.stringify(sub)?.slice(0, 20)}`,
    kind: 'form' as const,
    token: () => side.sign({ claims: { sub } }),
  }));
  const foreign = { name: 'a good token of the other side', kind: 'audience' as const, token: side.foreign };
  return [...audiences, ...issuers, ...subjects, foreign];
}

function times(side: Side): Attack[] {
  const cases: readonly (readonly [string, Record<string, unknown>])[] = [
    ['no end', { exp: undefined }],
    ['ended a second ago', { exp: now() - 1 }],
    ['ended a day ago', { iat: now() - 90_000, exp: now() - 86_400 }],
    ['an end that is text', { exp: String(now() + 600) }],
    ['an end that is no number', { exp: null }],
    ['an end before all time', { exp: -1 }],
    ['not before in an hour', { nbf: now() + 3_600 }],
    ['not before, as text', { nbf: 'now' }],
  ];
  return cases.map(([name, changed]) => ({ name, kind: 'time', token: () => side.sign({ claims: changed }) }));
}

/** Names that are there twice under a good signature, the good value first: the last one counts (RFC 7519, section 4), and nobody may take the other. */
function twice({ sign }: Side): Attack[] {
  const cases: readonly (readonly [Attack['kind'], Record<string, unknown>])[] = [
    ['audience', { aud: 'somebody-else' }],
    ['issuer', { iss: 'http://evil.example' }],
    ['time', { exp: now() - 60 }],
    ['time', { nbf: now() + 3_600 }],
    ['form', { sub: '' }],
  ];
  return cases.map(([kind, more]) => ({
    name: `a good one and then, once more, ${Object.keys(more).join()}`,
    kind,
    token: () => sign({ claims: { nbf: now() - 60 }, text: (json) => alsoSaying(json, more) }),
  }));
}

function forms(side: Side): Attack[] {
  const texts: readonly (readonly [string, string])[] = [
    ['one part', 'abc'],
    ['two parts', 'abc.def'],
    ['four parts', 'a.b.c.d'],
    ['five parts, as if encrypted', 'a.b.c.d.e'],
    ['dots alone', '..'],
    ['three times nothing', `${b64('')}.${b64('')}.x`],
    ['a header that is no JSON', `${b64('{')}.${b64('{}')}.${b64('x')}`],
    ['a header that is a list', `${b64('[]')}.${b64('{}')}.${b64('x')}`],
    ['a header that is null', `${b64('null')}.${b64('{}')}.${b64('x')}`],
  ];
  const plain = texts.map(([name, text]) => ({ name, token: async () => text }));
  const made = [
    {
      name: 'a payload that is a list',
      token: () => altered(side, (one) => `${b64(one.header)}.${b64('[]')}.${one.signature}`),
    },
    {
      name: 'claims that are there twice, the second unsigned',
      token: () =>
        altered(side, ({ header, payload, signature }) => {
          const text = Buffer.from(payload, 'base64url').toString();
          return `${b64(header)}.${b64(alsoSaying(text, { sub: 'admin', roles: ['admin'] }))}.${signature}`;
        }),
    },
    { name: 'a token of 100 KiB', token: () => side.sign({ claims: { padding: 'x'.repeat(HUGE) } }) },
  ];
  return [...plain, ...made].map((one) => ({ ...one, kind: 'form' as const }));
}
