import { createInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import type { Probe, ProcessSpec } from '../supervisor/process-spec.ts';
import { composeSpec, prepareCompose } from './compose.ts';
import { prepareKafka } from './kafka.ts';
import { prepareMongo } from './mongo.ts';
import { preparePostgres, superuserPassword } from './postgres.ts';
import { ensureToolchain } from './toolchain.ts';

export const INFRA = ['kafka', 'postgres', 'mongo'] as const;
export type InfraName = (typeof INFRA)[number];

/** One server: where it is, and, if it is ours to run, how. */
export interface Provided {
  readonly name: InfraName;
  /** kafka: host:port list · postgres: URL of a superuser · mongo: URL without a database */
  readonly url: string;
  readonly spec?: ProcessSpec;
}

/** Where servers come from: given by URL, embedded, or containers of Docker Compose. */
export interface InfraProvider {
  readonly kind: 'urls' | 'embedded' | 'compose';
  provide(name: InfraName): Promise<Provided>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const URL_VARIABLE: Readonly<Record<InfraName, string>> = {
  kafka: 'KAFKA_URL',
  postgres: 'PG_URL',
  mongo: 'MONGO_URL',
};

export function urlProvider(env: Environment): InfraProvider {
  return { kind: 'urls', provide: async (name) => ({ name, url: env[URL_VARIABLE[name]] ?? '' }) };
}

/** Real servers from Maven artifacts, as processes of this machine, on loopback. */
export function embeddedProvider(instance: Instance, onFetch: () => void): InfraProvider {
  const prepare = { kafka: prepareKafka, postgres: preparePostgres, mongo: prepareMongo };
  const toolchain = ensureToolchain(instance.home, onFetch);
  return {
    kind: 'embedded',
    provide: async (name) => ({
      name,
      url: embeddedUrl(instance, name),
      spec: await prepare[name](instance, await toolchain),
    }),
  };
}

/** The official images, by compose.yaml, on the same ports and with the same superuser. */
export function composeProvider(instance: Instance, onFetch: () => void): InfraProvider {
  onFetch();
  // Not before: where no image can be had, the next start may still take embedded servers.
  const prepared = prepareCompose(instance).then(() => createInstance(instance));
  return {
    kind: 'compose',
    provide: async (name) => {
      await prepared;
      return { name, url: embeddedUrl(instance, name), spec: composeSpec(instance, name) };
    },
  };
}

/** What runs the servers of this instance that are ours to run. */
export function ownProvider(instance: Instance, onFetch: () => void): InfraProvider {
  return instance.infra === 'compose' ? composeProvider(instance, onFetch) : embeddedProvider(instance, onFetch);
}

/** The servers whose URL the environment does not give. */
export function embeddedNames(env: Environment): InfraName[] {
  return INFRA.filter((name) => !env[URL_VARIABLE[name]]);
}

/** Chooses the provider for each server; mixing is fine. */
export async function provideAll(instance: Instance, env: Environment, onFetch: () => void): Promise<Provided[]> {
  const embedded = embeddedNames(env);
  const urls = urlProvider(env);
  const own = embedded.length > 0 ? ownProvider(instance, onFetch) : urls;
  return Promise.all(INFRA.map((name) => (embedded.includes(name) ? own : urls).provide(name)));
}

/** A server somebody else runs, as something that can be asked for its health. */
export function externalProbe({ name, url }: Provided): { host: string; probe: Probe } {
  const first = url.split(',')[0] ?? '';
  const parsed = new URL(first.includes('://') ? first : `kafka://${first}`);
  const port = Number(parsed.port) || { kafka: 9092, postgres: 5432, mongo: 27017 }[name];
  return { host: parsed.hostname, probe: { protocol: name, port } };
}

function embeddedUrl(instance: Instance, name: InfraName): string {
  const { kafka, postgres, mongo } = instance.ports.of;
  if (name === 'kafka') return `127.0.0.1:${kafka}`;
  if (name === 'mongo') return `mongodb://127.0.0.1:${mongo}`;
  return `postgres://postgres:${superuserPassword(instance)}@127.0.0.1:${postgres}/postgres`;
}
