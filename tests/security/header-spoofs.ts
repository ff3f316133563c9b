/** Headers that some service behind some proxy believes. */
export const BELIEVED = [
  'X-User-Id',
  'X-User',
  'X-Roles',
  'X-Role',
  'X-Admin',
  'X-Auth-User',
  'X-Remote-User',
  'Remote-User',
  'X-Forwarded-User',
  'X-Internal-Token',
  'X-Souk-Public-Path',
  'X-Client-Cert',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'Forwarded',
  'X-Real-IP',
  'True-Client-IP',
  'X-Client-IP',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-HTTP-Method-Override',
  'X-HTTP-Method',
  'X-Method-Override',
] as const;

export interface Spoof {
  readonly name: string;
  readonly form: string;
  readonly headers: readonly (readonly [string, string])[];
}

type Form = (name: string, value: string) => readonly (readonly [string, string])[];

/** How a name may be written so that one reader takes it for the same and another does not. */
const FORMS: Readonly<Record<string, Form>> = {
  plain: (name, value) => [[name, value]],
  'lower case': (name, value) => [[name.toLowerCase(), value]],
  'upper case': (name, value) => [[name.toUpperCase(), value]],
  underscores: (name, value) => [[name.replaceAll('-', '_'), value]],
  'one underscore': (name, value) => [[name.replace('-', '_'), value]],
  twice: (name, value) => [
    [name, 'nobody'],
    [name, value],
  ],
  'both spellings': (name, value) => [
    [name, value],
    [name.replaceAll('-', '_'), value],
  ],
  'with blanks': (name, value) => [[name, `\t ${value} \t`]],
  'in a list': (name, value) => [[name, `nobody, ${value}`]],
  'named by Connection': (name, value) => [
    [name, value],
    ['Connection', `close, ${name}`],
  ],
};

const valueFor = (name: string): string => {
  if (/url|prefix|path/i.test(name)) return '/api/admin/sagas';
  if (/method/i.test(name)) return 'DELETE';
  if (/ip|for$/i.test(name)) return '203.0.113.66';
  if (/forwarded$/i.test(name)) return 'for=203.0.113.66;host=evil.example;proto=https';
  return /host|port|proto/i.test(name) ? 'evil.example' : 'admin';
};

/** Every name in every form. */
export const SPOOFS: readonly Spoof[] = BELIEVED.flatMap((name) =>
  Object.entries(FORMS).map(([form, write]) => ({ name, form, headers: write(name, valueFor(name)) })),
);

/** `Connection` names a header that the gateway itself adds: whoever obeys takes it away again (RFC 9110 §7.6.1). */
export const REMOVALS: readonly Spoof[] = [
  'authorization',
  'x-souk-public-path',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-real-ip',
  'accept',
].map((name) => ({ name, form: 'taken away by Connection', headers: [['Connection', `close, ${name}`]] }));
