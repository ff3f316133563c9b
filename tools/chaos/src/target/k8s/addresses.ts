import { CliError } from '../../../../cli/src/errors.ts';
import { type ClusterRef, kubectlJson } from '../../../../cli/src/cluster/kubectl.ts';
import type { List, ServiceObject } from '../../../../cli/src/cluster/objects.ts';
import { shopOptions } from '../../../../cli/src/cluster/options.ts';
import { type Destination, Way } from '../../../../cli/src/cluster/way.ts';
import { DATABASES } from '../../../../cli/src/infra/databases.ts';
import { soukCommand } from '../../../../cli/src/souk-command.ts';

/** Addresses of everything that a shop in a cluster has, as this machine reaches them. */
export interface Addresses {
  /** As in env.json of a shop on the host. */
  readonly urls: Readonly<Record<string, string>>;
  /** URLs of management ports by the name of the Service. */
  readonly management: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

type Secrets = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** @throws CliError where its stores are not in its namespace: those are somebody's, and not ours to break */
export async function openAddresses(ref: ClusterRef): Promise<Addresses> {
  const secrets = await secretsOf(ref);
  const ways: Way[] = [];
  const close = async (): Promise<void> => void (await Promise.all(ways.map((way) => way.close())));
  const wayTo = async (destination: Destination): Promise<string> => {
    const way = await Way.open(ref, destination);
    ways.push(way);
    return way.host;
  };
  try {
    return { ...(await addressesBy(wayTo, ref, secrets)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function addressesBy(
  wayTo: (destination: Destination) => Promise<string>,
  ref: ClusterRef,
  secrets: Secrets,
): Promise<Omit<Addresses, 'close'>> {
  const { items: services } = await kubectlJson<List<ServiceObject>>(ref, ['get', 'services']);
  const management = new Map<string, string>();
  const urls: Record<string, string> = { SOUK_INSTANCE: shopOptions(ref) };
  for (const { metadata, spec } of services) {
    const ports = new Set(spec.ports.map(({ name }) => name));
    if (!ports.has('management')) continue;
    const { name: target } = metadata;
    management.set(target, `http://${await wayTo({ target, port: 'management' })}`);
    if (ports.has('http')) urls[`${variableOf(target)}_URL`] = `http://${await wayTo({ target, port: 'http' })}`;
  }
  const { items: deployments } = await kubectlJson<List<WithSidecars>>(ref, ['get', 'deployments']);
  for (const { name, target, port } of sidecarsOf(deployments))
    management.set(name, `http://${await wayTo({ target, port })}`);
  const host = {
    postgres: await wayTo({ target: 'pod/postgres-0', port: 5432 }),
    mongo: await wayTo({ target: 'pod/mongodb-0', port: 27017 }),
    kafka: await wayTo({ target: 'pod/kafka-0', port: 9092 }),
  };
  Object.assign(urls, databaseUrls(secrets, host.postgres), {
    MONGO_URL: `mongodb://${host.mongo}/?directConnection=true&retryWrites=false`,
    KAFKA_URL: `kafka-0.kafka.${ref.namespace}.svc:9092=${host.kafka}`,
  });
  const valkey = secrets.get('valkey')?.['password'];
  if (valkey !== undefined)
    urls['VALKEY_URL'] = `redis://:${valkey}@${await wayTo({ target: 'pod/valkey-0', port: 6379 })}`;
  return { urls, management };
}

/** A Deployment, as far as its native sidecars go. */
export interface WithSidecars {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly initContainers?: readonly {
          readonly name: string;
          readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
        }[];
      };
    };
  };
}

const SIDECAR_MANAGEMENT = /-mgmt$/;

/** Management ports of processes that are sidecars in a cluster, by their names. Pure. */
export function sidecarsOf(deployments: readonly WithSidecars[]): { name: string; target: string; port: number }[] {
  return deployments.flatMap(({ metadata, spec }) =>
    (spec.template.spec.initContainers ?? []).flatMap(({ name, ports = [] }) =>
      ports
        .filter((port) => SIDECAR_MANAGEMENT.test(port.name ?? ''))
        .map(({ containerPort: port }) => ({ name, target: `deployment/${metadata.name}`, port })),
    ),
  );
}

const variableOf = (service: string): string => service.toUpperCase().replaceAll('-', '_');

/** The superuser's, and those of the roles that own and that read each database. Pure. */
export function databaseUrls(secrets: Secrets, host: string): Record<string, string> {
  const roles = secrets.get('postgres-roles') ?? {};
  const urlOf = (user: string, password: string | undefined, database: string): string =>
    `postgres://${user}:${encodeURIComponent(password ?? '')}@${host}/${database}`;
  const ofDatabases = DATABASES.flatMap((database) =>
    (['owner', 'read'] as const).map((role) => [
      `${database.toUpperCase()}_${role.toUpperCase()}_DATABASE_URL`,
      urlOf(`${database}_${role}`, roles[`postgres-${database}-${role}`], `souk_${database}`),
    ]),
  );
  const superuser = urlOf('postgres', secrets.get('postgres')?.['password'], 'postgres');
  return { PG_URL: superuser, ...(Object.fromEntries(ofDatabases) as Record<string, string>) };
}

async function secretsOf(ref: ClusterRef): Promise<Secrets> {
  const names = ['postgres', 'postgres-roles', 'valkey'];
  const { items } = await kubectlJson<List<{ metadata: { name: string }; data?: Record<string, string> }>>(ref, [
    'get',
    'secrets',
    ...names,
    '--ignore-not-found',
  ]);
  const plain = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
  const found = new Map(
    items.map(({ metadata, data = {} }) => [
      metadata.name,
      Object.fromEntries(Object.entries(data).map(([key, text]) => [key, plain(text)])),
    ]),
  );
  const missing = ['postgres', 'postgres-roles'].filter((name) => !found.has(name));
  if (missing.length === 0) return found;
  throw new CliError(
    `the shop of namespace ${ref.namespace} is not broken`,
    `it has no Secret ${missing.join(' and ')}: its stores were not made by charts/infra, and others may use them`,
    `break one of its own: ${soukCommand(shopOptions({ ...ref, namespace: 'trial' }), 'up')}`,
  );
}
