import { MANAGEMENT_OFFSET } from '../../../cli/src/ports.ts';
import type { Address } from '../proxy/connection.ts';
import type { Protocol } from '../proxy/requests.ts';

/** Where a process is told the address of a server. */
type Told =
  /** URLs, all of the same server. */
  | { readonly as: 'urls'; readonly variables: readonly string[] }
  /** `host:port` with commas. */
  | { readonly as: 'brokers'; readonly variable: string }
  /** A file, named by the variable, that holds URLs somewhere in its text. */
  | { readonly as: 'file'; readonly variable: string; readonly url: RegExp };

/** A connection between two parts of the shop: who opens it, and how he knows whereto. */
export interface LinkKind {
  /** The process that has to be told another address. */
  readonly client: string;
  readonly server: string;
  readonly protocol: Protocol;
  readonly told: Told;
  /** Distance to the port where clients ask whether the server is ready, which is no part of the link. */
  readonly beside?: number;
}

const urls = (...variables: string[]): Told => ({ as: 'urls', variables });
const kafka: Told = { as: 'brokers', variable: 'KAFKA_BROKERS' };
const postgres: Told = { as: 'file', variable: 'DATABASE_URL_FILE', url: /postgres(?:ql)?:\/\/\S+/g };
/** Where the ambassador calls, not where it listens. */
const ambassador: Told = { as: 'file', variable: 'AMBASSADOR_CONFIG', url: /(?<=^\s*url:\s*)http:\S+/gm };

const http = (client: string, server: string, told: Told): LinkKind => ({ client, server, protocol: 'http', told });
const service = (client: string, server: string, variable: string): LinkKind => ({
  ...http(client, server, urls(variable)),
  beside: MANAGEMENT_OFFSET,
});
const store = (server: string, told: Told, clients: readonly string[]): LinkKind[] =>
  clients.map((client) => ({ client, server, protocol: server === 'kafka' ? 'kafka' : 'tcp', told }));

const SERVICES = ['catalog', 'inventory', 'order', 'order-query', 'recommendation'];
const variableOf = (server: string): string => `${server.toUpperCase().replace('-', '_')}_URL`;

const KINDS: readonly LinkKind[] = [
  ...['gateway', 'aggregation'].flatMap((client) =>
    SERVICES.map((server) => service(client, server, variableOf(server))),
  ),
  service('gateway', 'aggregation', 'AGGREGATION_URL'),
  http('gateway', 'identity', urls('OIDC_URL', 'OIDC_CORPORATE_URL')),
  http('gatekeeper', 'gateway', urls('GATEWAY_URL')),
  http('order', 'ambassador', urls('PAYMENT_URL')),
  http('ambassador', 'payment', ambassador),
  // For the keys of its internal tokens.
  ...[...SERVICES, 'aggregation'].map((client) => http(client, 'gateway', urls('INTERNAL_JWKS_URL'))),
  ...['gateway', ...SERVICES, 'payment', 'ambassador'].map((client) =>
    http(client, 'trace-store', urls('OTEL_EXPORTER_OTLP_ENDPOINT')),
  ),
  ...store('postgres', postgres, ['order', 'order-query', 'inventory', 'payment']),
  ...store('mongo', urls('MONGO_URL'), ['catalog', 'order-query', 'recommendation']),
  ...store('valkey', urls('VALKEY_URL'), ['gateway', 'aggregation', 'catalog']),
  ...store('kafka', kafka, [...SERVICES, 'gateway', 'aggregation']),
];

const nameOf = ({ client, server }: LinkKind): string => `${client}->${server}`;

/** Names of all links, for people. */
export const LINKS: readonly string[] = KINDS.map(nameOf);

/**
 * The link of a name: `gateway->catalog`; or several clients of a server behind one proxy, `order+inventory->kafka`.
 *
 * @throws Error where there is none
 */
export function linkKinds(name: string): readonly LinkKind[] {
  const [clients = '', server = ''] = name.split('->');
  return clients.split('+').map((client) => {
    const found = KINDS.find((kind) => nameOf(kind) === `${client}->${server}`);
    if (found === undefined) throw new Error(`there is no link ${client}->${server}; there are ${LINKS.join(', ')}`);
    return found;
  });
}

/** What a process is told: its environment, and what is in the files that it names. */
export interface Telling {
  readonly env: Readonly<Record<string, string>>;
  readonly read: (file: string) => string;
}

/** @throws Error where the process is told nothing of the server, or of several */
export function addressOf(kind: LinkKind, telling: Telling): Address {
  const found = [...new Set(hostsIn(kind, telling))];
  const [host, port] = found[0]?.split(/:(?=\d+$)/) ?? [];
  if (found.length === 1 && host !== undefined && port !== undefined) return { host, port: Number(port) };
  throw new Error(
    `${kind.client} is told ${found.length === 0 ? 'no address' : `of ${found.join(' and ')}`} of ${kind.server}`,
  );
}

/** What the process is told instead, so that it goes to that address: variables, and texts of files by their variable. */
export function toldInstead(
  { told }: LinkKind,
  { env, read }: Telling,
  through: Address,
): { readonly env: Readonly<Record<string, string>>; readonly files: Readonly<Record<string, string>> } {
  const host = `${through.host}:${through.port}`;
  if (told.as === 'brokers') return { env: { [told.variable]: host }, files: {} };
  if (told.as === 'file') {
    const text = read(env[told.variable] ?? '').replace(told.url, (url) => withHost(url, host));
    return { env: {}, files: { [told.variable]: text } };
  }
  const changed = told.variables.flatMap((name) => (env[name] ? [[name, withHost(env[name], host)]] : []));
  return { env: Object.fromEntries(changed), files: {} };
}

function hostsIn({ told }: LinkKind, { env, read }: Telling): string[] {
  if (told.as === 'brokers') return (env[told.variable] ?? '').split(',').filter((one) => one !== '');
  if (told.as === 'file')
    return env[told.variable] ? (read(env[told.variable] ?? '').match(told.url) ?? []).map(hostOf) : [];
  return told.variables.flatMap((name) => (env[name] ? env[name].split(/,(?=\w+:)/).map(hostOf) : []));
}

const hostOf = (url: string): string => new URL(url).host;

/** The rest of it stays as it is written, credentials and options included. */
function withHost(url: string, host: string): string {
  return url.replace(hostOf(url), host);
}
