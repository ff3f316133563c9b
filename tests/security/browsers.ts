import { signIn } from './sign-in.ts';
import { type Check, findings } from './support/check.ts';
import { type Door, LISTED_ORIGIN } from './support/door.ts';
import { send } from './support/send.ts';
import { bearer } from './support/tokens.ts';

/** Origins that look like the listed one, or like none at all. */
export const STRANGE_ORIGINS = [
  'null',
  'https://evil.example',
  `${LISTED_ORIGIN}.evil.example`,
  LISTED_ORIGIN.replace('shop.', 'evil-shop.'),
  LISTED_ORIGIN.replace('shop.', 'sub.shop.'),
  LISTED_ORIGIN.replace('shop.', ''),
  LISTED_ORIGIN.replace('https:', 'http:'),
  `${LISTED_ORIGIN}:8443`,
  `${LISTED_ORIGIN}/`,
  LISTED_ORIGIN.replace('.example', 'xexample'),
  LISTED_ORIGIN.toUpperCase(),
  `${LISTED_ORIGIN}, https://evil.example`,
  'file://',
  '*',
];

const PLACES = ['/api/products', '/api/cart', '/api/orders', '/auth/session', '/nothing'];

/** A script of another page may read nothing, asked before (preflight) or not. */
async function toldTo(door: Door, origin: string, path: string): Promise<string | undefined> {
  const headers = { ...bearer(await door.tokens.user('alice')), origin };
  const asked = {
    ...headers,
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'x-csrf-token',
  };
  const answers = [
    await send(door.url, path, { headers }),
    await send(door.url, path, { method: 'OPTIONS', headers: asked }),
  ];
  const names = answers.flatMap((answer) =>
    Object.keys(answer.headers).filter((name) => name.startsWith('access-control-')),
  );
  return names.length === 0 ? undefined : `${origin} at ${path}: ${names.join(', ')}`;
}

export const strangeOrigins: Check = {
  name: 'browser: CORS (OFF-4)',
  behind: 'echo',
  look: (door) => {
    const cases = STRANGE_ORIGINS.flatMap((origin) => PLACES.map((path) => ({ origin, path })));
    return findings(cases, ({ origin, path }) => toldTo(door, origin, path));
  },
};

/** Flags without which a script or another site could use it. */
const FLAGS: readonly (readonly [string, RegExp])[] = [
  ['HttpOnly', /;\s*httponly(;|$)/i],
  ['SameSite', /;\s*samesite=(lax|strict)(;|$)/i],
  ['Path=/', /;\s*path=\/(;|$)/i],
];

export const openCookies: Check = {
  name: 'browser: cookie flags (FED-8)',
  behind: 'echo',
  look: async ({ url }) => {
    const { setCookies } = await signIn(url, 'alice');
    if (setCookies.length < 2) return ['signing in sets fewer than two cookies'];
    return setCookies.flatMap((line) =>
      FLAGS.filter(([, flag]) => !flag.test(line)).map(([name]) => `${line.split('=')[0]} lacks ${name}`),
    );
  },
};

const WRITES: readonly (readonly [string, string])[] = [
  ['POST', '/api/cart/items'],
  ['PUT', '/api/cart'],
  ['DELETE', '/api/cart'],
  ['POST', '/api/orders'],
  ['POST', '/auth/logout'],
];

/** Writes by cookie alone, as a form or a script of another page could send them. */
export const forgedWrites: Check = {
  name: 'browser: CSRF (GK-4)',
  behind: 'echo',
  look: async (door) => {
    const { cookie, csrf } = await signIn(door.url, 'alice');
    const tries: readonly (readonly [string, Record<string, string>, string])[] = [
      ['no token', {}, ''],
      ['an empty token', { 'x-csrf-token': '' }, ''],
      ['a token of somebody else', { 'x-csrf-token': 'x'.repeat(csrf.length) }, ''],
      ['half of the token', { 'x-csrf-token': csrf.slice(0, csrf.length / 2) }, ''],
      ['the token in the address', {}, `?csrfToken=${csrf}`],
      ['the token in another spelling', { x_csrf_token: csrf }, ''],
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, ''],
      ['plain text', { 'content-type': 'text/plain' }, ''],
    ];
    const cases = WRITES.flatMap(([method, path]) =>
      tries.map(([what, headers, query]) => ({ method, path, what, headers, query })),
    );
    door.echo.forget();
    return findings(cases, async ({ method, path, what, headers, query }) => {
      const isAuth = path.startsWith('/auth/');
      const body = isAuth ? undefined : '{}';
      const { status } = await send(door.url, path + query, { method, headers: { cookie, ...headers }, body });
      const arrived = door.echo.arrivals.splice(0).length;
      // Some of it is no proper request either: who says so first does not matter.
      return status >= 400 && status < 500 && arrived === 0 ? undefined : `${method} ${path} with ${what}: ${status}`;
    });
  },
};
