import { CliError } from './errors.ts';

/** Every port of the shop, before the offset of an instance. The only table of ports there is. */
const BASE_PORTS = {
  gateway: 8080,
  gatekeeper: 8090,
  catalog: 8101,
  inventory: 8102,
  order: 8103,
  'order-query': 8104,
  recommendation: 8105,
  aggregation: 8106,
  payment: 8110,
  identity: 8111,
  ambassador: 8120,
  'trace-store': 8130,
  kafka: 19092,
  kafkaController: 19093,
  // For clients behind a proxy: where the broker listens for them, and where it tells them that it is.
  kafkaProxied: 19094,
  kafkaProxy: 19095,
  postgres: 19432,
  mongo: 19017,
  valkey: 19379,
  collector: 19318,
  collectorGrpc: 19317,
  collectorHealth: 19133,
  collectorMetrics: 19134,
} as const;

const WITH_MANAGEMENT = [
  'gateway',
  'gatekeeper',
  'catalog',
  'inventory',
  'order',
  'order-query',
  'recommendation',
  'aggregation',
  'payment',
  'identity',
  'ambassador',
  'trace-store',
] as const;
export const MANAGEMENT_OFFSET = 1000;

/** Blocked by the fetch standard, so a gateway there would be unreachable from browsers and from Node's fetch. */
const BLOCKED_BY_FETCH = new Set([10080]);

/** Offsets of instances that have one of their own. Not 1000 (management ports) and not 2000 (a port fetch blocks). */
export const DEFAULT_OFFSETS: Readonly<Record<string, number>> = { default: 0, test: 4000 };

export type PortName = keyof typeof BASE_PORTS;
export type ServiceName = (typeof WITH_MANAGEMENT)[number];

/** Ports of one instance: what it serves, and the management port of each service. */
export interface Ports {
  readonly offset: number;
  readonly of: Readonly<Record<PortName, number>>;
  readonly management: Readonly<Record<ServiceName, number>>;
}

/** Offset used by an instance that was never started with --port-base. */
export function defaultOffset(instance: string): number {
  return DEFAULT_OFFSETS[instance] ?? 0;
}

/** Ports for an offset; throws a CliError for an offset that cannot work. */
export function portsFor(offset: number): Ports {
  const of = mapValues(BASE_PORTS, (port) => port + offset);
  const management = Object.fromEntries(WITH_MANAGEMENT.map((name) => [name, of[name] + MANAGEMENT_OFFSET]));
  const ports: Ports = { offset, of, management: management as Record<ServiceName, number> };
  refuseImpossible(ports);
  return ports;
}

/** The management port of a process, null for one that has none. */
export function managementPortOf({ management }: Ports, name: string): number | null {
  return Object.hasOwn(management, name) ? management[name as ServiceName] : null;
}

/** The highest port that an offset leads to. */
export function highestPort(offset: number): number {
  return Math.max(...portList(portsFor(offset)).map(({ port }) => port));
}

/** Every port of the instance with the name of its user, in the order of the table. */
export function portList(ports: Ports): { name: string; port: number }[] {
  return [
    ...Object.entries(ports.of).map(([name, port]) => ({ name, port })),
    ...Object.entries(ports.management).map(([name, port]) => ({ name: `${name} (management)`, port })),
  ];
}

function refuseImpossible(ports: Ports): void {
  for (const { name, port } of portList(ports)) {
    if (!Number.isInteger(port) || port < 1024 || port > 65_535) {
      throw new CliError(
        `port ${port} for ${name} is not usable`,
        `--port-base ${ports.offset} leaves 1024..65535`,
        'choose a --port-base from 0 to 13000, for example 6000 or 8000',
      );
    }
    if (BLOCKED_BY_FETCH.has(port)) {
      throw new CliError(
        `port ${port} for ${name} is not usable`,
        'browsers and fetch block it as unsafe',
        'choose another --port-base, for example 6000 or 8000',
      );
    }
  }
}

function mapValues<K extends string>(
  record: Readonly<Record<K, number>>,
  f: (value: number) => number,
): Record<K, number> {
  return Object.fromEntries(Object.entries<number>(record).map(([key, value]) => [key, f(value)])) as Record<K, number>;
}
