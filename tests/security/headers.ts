import { REMOVALS, type Spoof, SPOOFS } from './header-spoofs.ts';
import { ASKED } from './jwt.ts';
import { type Check, findings } from './support/check.ts';
import type { Behind, Door } from './support/door.ts';
import type { Arrival } from './support/echo.ts';
import { type Answer, send } from './support/send.ts';
import { bearer } from './support/tokens.ts';

const ACCEPT = ['accept', 'application/json'] as const;
/** Another one for every request. */
const NEW_EACH_TIME = new Set(['traceparent', 'tracestate', 'x-correlation-id', 'x-deadline-ms']);

/** What only an administrator may do there. */
const FOR_ADMINS: Readonly<Record<Behind, string>> = {
  catalog: '/admin/products/00000000-0000-4000-8000-000000000000',
  inventory: '/admin/dead-letters',
  order: '/admin/sagas',
  'order-query': '/admin/orders',
  recommendation: '/admin/dead-letters',
};

/** Everything of a request that a service could act on, in an order of its own. */
function told({ method, url, headers }: Arrival): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => {
    if (NEW_EACH_TIME.has(name)) return [];
    return [name === 'authorization' ? `for ${callerIn(String(value))}` : `${name}: ${String(value)}`];
  });
  return [`${method} ${url}`, ...lines.sort()].join('\n');
}

function callerIn(authorization: string): string {
  const payload = Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString();
  const { sub, roles } = JSON.parse(payload || '{}') as Record<string, unknown>;
  return JSON.stringify({ sub, roles });
}

const differences = (one: string, other: string): string => {
  const known = new Set(one.split('\n'));
  const seen = new Set(other.split('\n'));
  const more = [...seen].filter((line) => !known.has(line)).map((line) => `+ ${line}`);
  const less = [...known].filter((line) => !seen.has(line)).map((line) => `- ${line}`);
  return [...more, ...less].join('; ');
};

/** What arrives behind the gateway must be as without; or nothing does. */
export async function behindGateway({ url, echo, tokens }: Door, spoofs: readonly Spoof[]): Promise<string[]> {
  const own = Object.entries(bearer(await tokens.user('alice'))).concat([[...ACCEPT]]);
  const arrived = async (headers: Spoof['headers']): Promise<Arrival[]> => {
    echo.forget();
    await send(url, '/api/cart', { headers: [...own, ...headers] as [string, string][] });
    return echo.arrivals;
  };
  const [plain] = await arrived([]);
  if (plain === undefined) return ['nothing arrives without any spoofed header'];
  const expected = told(plain);
  const found = await findings(spoofs, async ({ name, form, headers }) => {
    const [arrival, ...others] = await arrived(headers);
    if (others.length > 0) return `${name}, ${form}: ${others.length + 1} requests arrived`;
    const difference = arrival === undefined ? '' : differences(expected, told(arrival));
    return difference === '' ? undefined : `${name}, ${form}: ${difference}`;
  });
  // Where nothing arrives any more nothing differs either.
  const [last] = await arrived([]);
  const end = last === undefined ? 'nothing arrives' : differences(expected, told(last));
  return end === '' ? found : [...found, `without any spoofed header, at the end: ${end}`];
}

/** Lists say as of when they are. */
const AS_OF = /"asOf":"[^"]*"/g;
const summary = ({ status, json, text }: Answer): string =>
  `${status} ${json.code ?? (status < 300 ? text.replaceAll(AS_OF, '') : '')}`;

/** What a service does, past the gateway, must be as without: it trusts the signed token and nothing else. */
export async function atService(door: Door, name: Behind, spoofs: readonly Spoof[]): Promise<string[]> {
  const headers = Object.entries(bearer(await door.tokens.internal('alice')));
  const cases = [ASKED[name], FOR_ADMINS[name]].map((path) => ({
    path,
    method: path.startsWith('/admin/products') ? 'DELETE' : 'GET',
  }));
  const found: string[] = [];
  for (const { path, method } of cases) {
    const ask = async (more: Spoof['headers']): Promise<string> =>
      summary(await send(door.services[name], path, { method, headers: [...headers, ...more] as [string, string][] }));
    const expected = await ask([]);
    if (!(path === FOR_ADMINS[name] ? /^403 / : /^(200|404) /).test(expected)) found.push(`${path}: ${expected}`);
    const lines = await findings(spoofs, async (spoof) => {
      const answer = await ask(spoof.headers);
      return answer === expected ? undefined : `${spoof.name}, ${spoof.form}, ${path}: ${answer}, not ${expected}`;
    });
    found.push(...lines);
  }
  return found;
}

const spoofed = (name: string, spoofs: readonly Spoof[]): Check => ({
  name,
  behind: 'echo',
  look: (door) => behindGateway(door, spoofs),
});
const inForm = (...forms: string[]): Spoof[] => SPOOFS.filter(({ form }) => forms.includes(form));
const forwarding = SPOOFS.filter(({ name, form }) => /forwarded|ip$/i.test(name) && form === 'plain');

export const spoofedIdentity = spoofed('header spoofing (GK-4)', inForm('plain', 'lower case', 'upper case', 'twice'));
export const spoofedSpelling = spoofed('header variants: underscores (GK-4)', inForm('underscores', 'one underscore'));
export const spoofedConnection = spoofed('header variants: hop-by-hop (GK-4)', REMOVALS);
export const spoofedForwarding = spoofed('header spoofing: forwarding (GK-4)', forwarding);
