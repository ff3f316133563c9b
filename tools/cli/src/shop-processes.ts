import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ambassadorConfigFile } from './ambassador-config.ts';
import { settingsEnv } from './config/files.ts';
import { REPO_ROOT } from './home.ts';
import { writeAppUrl, writeReadUrl } from './infra/databases.ts';
import { childEnv } from './infra/java.ts';
import { valkeyEnv } from './infra/valkey-url.ts';
import type { Instance } from './instance.ts';
import { MANAGEMENT_OFFSET, type ServiceName } from './ports.ts';
import { KEY_FILES } from './secrets.ts';
import type { ProcessSpec } from './supervisor/process-spec.ts';
import { collectorSpecs, exporterEnv, traceStoreEnv } from './tracing/processes.ts';

/** The deployables of the shop, in the order in which people read them. */
const FOLDERS: Readonly<Record<ServiceName, string>> = {
  catalog: 'services/catalog',
  inventory: 'services/inventory',
  order: 'services/order',
  'order-query': 'services/order',
  recommendation: 'services/recommendation',
  payment: 'simulators/payment',
  identity: 'simulators/identity',
  ambassador: 'sidecars/ambassador',
  aggregation: 'gateway',
  gateway: 'gateway',
  gatekeeper: 'gateway',
  'trace-store': 'tools/trace-store',
};

/** What is started in the folder, where that is not dist/main.js. */
const ENTRIES: Readonly<Partial<Record<ServiceName, string>>> = {
  'order-query': 'dist/query/main.js',
  aggregation: 'dist/aggregation/main.js',
  gatekeeper: 'dist/gatekeeper/main.js',
};

export const SERVICES = Object.keys(FOLDERS) as ServiceName[];

const TRACE_STORE = 'trace-store';
const COLLECTOR = 'collector';
const AGGREGATION = 'aggregation';
const GATEKEEPER = 'gatekeeper';
/** What makes garbage by the request or by the batch; without a limit V8 lets that grow before it looks. */
const HEAP_LIMITS: Readonly<Partial<Record<ServiceName, string>>> = {
  'trace-store': '--max-old-space-size=96',
  // In its container half of it, and 0.3 ms of collecting garbage an order.
  ambassador: '--max-old-space-size=64',
  // 48 of the largest batches at a time: 96 is too little for them.
  gateway: '--max-old-space-size=256',
  aggregation: '--max-old-space-size=256',
};
/** As in a container of 256 MiB; it also saves each process 4 MiB when idle. */
const HEAP_LIMIT = '--max-old-space-size=128';
/**
 * Room for young objects, where every order passes: a fifth more orders for the same CPU, about 10 MiB more each. Pages and kept
 * answers want more of it: with 16 instead of 8 they cost the gateway a fifth to a quarter less.
 */
const YOUNG_MIB: Readonly<Partial<Record<ServiceName, number>>> = {
  gateway: 16,
  gatekeeper: 8,
  aggregation: 16,
  order: 8,
  inventory: 8,
  payment: 8,
  ambassador: 4,
};
/** A proxy is all buffers: one arena, given back early, as in its container (charts/service/templates/_ambassador.tpl). */
const SMALL_MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' };

/** URLs of the servers that the services stand on. */
export interface InfraUrls {
  readonly kafka: string;
  readonly postgres: string;
  readonly mongo: string;
  /** Where there is none, limits and caches are per process. */
  readonly valkey?: string;
}

/** Passed on from the shell that runs `up` or `restart`: chosen per start. */
const PASSED_ON = ['SOUK_VARIANTS', 'SOUK_FAILPOINTS', 'SOUK_KAFKA_DRIVER', 'TRACES_PER_SECOND', 'LOG_LEVEL'];

/** What of an instance decides which processes it has. */
type Shape = Pick<Instance, 'tracing' | 'aggregation' | 'gatekeeper'>;

/** Names of the processes that an instance has beside the infrastructure: a collector or a trace store only where it traces. */
export function shopNames({ tracing, aggregation = false, gatekeeper = false }: Shape): string[] {
  const isWanted = (name: string): boolean =>
    (name !== TRACE_STORE || tracing !== 'off') &&
    (name !== AGGREGATION || aggregation) &&
    (name !== GATEKEEPER || gatekeeper);
  const ours = SERVICES.filter(isWanted);
  return tracing === 'collector' ? [...ours, COLLECTOR] : ours;
}

/** What an `up` with other options may have started and this one does not want. */
export function leftOver(instance: Shape): string[] {
  return [TRACE_STORE, COLLECTOR, AGGREGATION, GATEKEEPER].filter((name) => !shopNames(instance).includes(name));
}

/** Everything that `up` starts beside the infrastructure, what takes in spans before those who send them. */
export function shopSpecs(instance: Instance, urls: InfraUrls): ProcessSpec[] {
  const specs = serviceSpecs(instance, urls);
  const receivers = specs.filter(({ kind }) => kind === 'telemetry');
  return [...receivers, ...collectorSpecs(instance), ...specs.filter(({ kind }) => kind !== 'telemetry')];
}

/** The processes of ours; the trace store only where the instance traces. */
export function serviceSpecs(instance: Instance, urls: InfraUrls): ProcessSpec[] {
  const names = shopNames(instance);
  return SERVICES.filter((name) => names.includes(name)).map((name) => serviceSpec(instance, urls, name));
}

function serviceSpec(instance: Instance, urls: InfraUrls, name: ServiceName): ProcessSpec {
  const cwd = join(REPO_ROOT, FOLDERS[name]);
  const management = instance.ports.management[name];
  return {
    name,
    kind: name === TRACE_STORE ? 'telemetry' : 'service',
    command: process.execPath,
    args: [
      '--enable-source-maps',
      `--max-semi-space-size=${YOUNG_MIB[name] ?? 2}`,
      HEAP_LIMITS[name] ?? HEAP_LIMIT,
      ENTRIES[name] ?? 'dist/main.js',
    ],
    cwd,
    env: childEnv({ ...commonEnv(instance, name), ...ownEnv(instance, urls)[name], ...passedOn() }),
    logFile: join(instance.logsDir, `${name}.log`),
    port: portOf(instance, name),
    probe: { protocol: 'http', port: management },
    stopSignal: 'SIGTERM',
    stopGraceMs: 16_000,
    fingerprint: buildFingerprint(cwd),
  };
}

/** The address that everybody knows is the gatekeeper's, where it stands in front; the gateway then has the other. */
function portOf({ ports, gatekeeper = false }: Instance, name: ServiceName): number {
  if (!gatekeeper || (name !== GATEKEEPER && name !== 'gateway')) return ports.of[name];
  return name === GATEKEEPER ? ports.of.gateway : ports.of.gatekeeper;
}

/** Base URL of a service as its peers see it. */
export function serviceUrl(instance: Instance, name: ServiceName): string {
  return `http://127.0.0.1:${instance.ports.of[name]}`;
}

function commonEnv(instance: Instance, name: ServiceName): Record<string, string> {
  return {
    SOUK_MODE: 'development',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: String(portOf(instance, name)),
    MANAGEMENT_PORT: String(instance.ports.management[name]),
    LOG_LEVEL: 'info',
    NODE_COMPILE_CACHE: join(instance.home, 'compile-cache'),
    HEALTH_KEYS_FILE: join(instance.secretsDir, KEY_FILES.healthKeys),
    // Limits, read-only mode, routes and origins are one thing for all of them.
    ...settingsEnv(instance, name === AGGREGATION || name === GATEKEEPER ? 'gateway' : name, name),
    ...(name === TRACE_STORE ? {} : exporterEnv(instance)),
  };
}

function ownEnv(instance: Instance, urls: InfraUrls): Record<ServiceName, Record<string, string>> {
  const jwks = { INTERNAL_JWKS_URL: `http://127.0.0.1:${instance.ports.management.gateway}/jwks.json` };
  const kafka = { KAFKA_BROKERS: urls.kafka };
  const publicUrl = `http://localhost:${instance.ports.of.gateway}`;
  const issuer = `http://localhost:${instance.ports.of.identity}`;
  const database = (name: 'order' | 'inventory' | 'payment') => ({
    DATABASE_URL_FILE: writeAppUrl(urls.postgres, instance.secretsDir, name),
  });
  return {
    catalog: { MONGO_URL: mongoUrl(urls.mongo, 'catalog'), ...kafka, ...jwks, ...valkeyEnv(instance, urls.valkey) },
    inventory: { ...database('inventory'), ...kafka, ...jwks },
    order: {
      ...database('order'),
      ...kafka,
      ...jwks,
      PAYMENT_URL: serviceUrl(instance, 'ambassador'),
      AMBASSADOR_URL: `http://127.0.0.1:${instance.ports.management.ambassador}`,
    },
    'order-query': {
      MONGO_URL: mongoUrl(urls.mongo, 'order_query'),
      DATABASE_URL_FILE: writeReadUrl(urls.postgres, instance.secretsDir, 'order'),
      ...kafka,
      ...jwks,
    },
    recommendation: { MONGO_URL: mongoUrl(urls.mongo, 'recommendation'), ...kafka, ...jwks, ...SMALL_MALLOC },
    payment: database('payment'),
    identity: {
      IDENTITY_ISSUER: issuer,
      IDENTITY_KEYS_FILE: join(instance.secretsDir, KEY_FILES.identityKeys),
      IDENTITY_CORPORATE_ISSUER: `${issuer}/corporate`,
      IDENTITY_CORPORATE_KEYS_FILE: join(instance.secretsDir, KEY_FILES.corporateKeys),
      IDENTITY_CLIENT_SECRET_FILE: join(instance.secretsDir, KEY_FILES.oidcClientSecret),
      IDENTITY_REDIRECT_URIS: `${publicUrl}/auth/callback`,
      IDENTITY_POST_LOGOUT_URIS: `${publicUrl}/`,
    },
    ambassador: { AMBASSADOR_CONFIG: ambassadorConfigFile(instance), ...SMALL_MALLOC },
    'trace-store': traceStoreEnv(instance),
    aggregation: { ...atTheDoor(instance, urls), ...jwks, ...SMALL_MALLOC },
    gatekeeper: {
      GATEWAY_URL: `http://127.0.0.1:${portOf(instance, 'gateway')}`,
      GATEKEEPER_KEY_FILE: join(instance.secretsDir, KEY_FILES.gatekeeperKey),
      PUBLIC_URL: publicUrl,
      ...SMALL_MALLOC,
    },
    gateway: {
      ...atTheDoor(instance, urls),
      ...(instance.aggregation === true && { AGGREGATION_URL: serviceUrl(instance, AGGREGATION) }),
      ...(instance.gatekeeper === true && {
        GATEKEEPER_JWKS_URL: `http://127.0.0.1:${instance.ports.management.gatekeeper}/jwks.json`,
      }),
      OIDC_ISSUER: issuer,
      OIDC_URL: serviceUrl(instance, 'identity'),
      OIDC_CLIENT_SECRET_FILE: join(instance.secretsDir, KEY_FILES.oidcClientSecret),
      ISSUERS_FILE: join(REPO_ROOT, 'config', 'issuers.yaml'),
      OIDC_CORPORATE_ISSUER: `${issuer}/corporate`,
      OIDC_CORPORATE_URL: `${serviceUrl(instance, 'identity')}/corporate`,
      SESSION_KEY_FILE: join(instance.secretsDir, KEY_FILES.sessionKey),
      INTERNAL_SIGNING_KEY_FILE: join(instance.secretsDir, KEY_FILES.internalSigning),
      ...SMALL_MALLOC,
    },
  };
}

/** What the gateway is told, and what puts pages together for it. */
function atTheDoor(instance: Instance, urls: InfraUrls): Record<string, string> {
  return {
    CATALOG_URL: serviceUrl(instance, 'catalog'),
    INVENTORY_URL: serviceUrl(instance, 'inventory'),
    ORDER_URL: serviceUrl(instance, 'order'),
    ORDER_QUERY_URL: serviceUrl(instance, 'order-query'),
    RECOMMENDATION_URL: serviceUrl(instance, 'recommendation'),
    UPSTREAM_MANAGEMENT_PORT: `+${MANAGEMENT_OFFSET}`,
    KAFKA_BROKERS: urls.kafka,
    ...valkeyEnv(instance, urls.valkey),
    PUBLIC_URL: `http://localhost:${instance.ports.of.gateway}`,
    API_KEYS_FILE: join(instance.secretsDir, KEY_FILES.apiKeys),
  };
}

function mongoUrl(mongo: string, database: string): string {
  const [server, options] = mongo.split('?');
  return `${server?.replace(/\/$/, '')}/souk_${database}${options ? `?${options}` : ''}`;
}

function passedOn(): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Hash of everything a service runs of ours: its own build output and that of the packages it depends on. */
export function buildFingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const dir of [folder, ...workspaceDependencies(folder)].sort()) {
    for (const file of scriptsIn(join(dir, 'dist'))) hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function workspaceDependencies(folder: string, seen = new Set<string>()): Set<string> {
  const manifest: { dependencies?: Record<string, string> } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    const dir = join(REPO_ROOT, 'node_modules', name);
    if (!name.startsWith('@souk/') || seen.has(dir)) continue;
    seen.add(dir);
    workspaceDependencies(dir, seen);
  }
  return seen;
}

function scriptsIn(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.js') && !name.endsWith('.spec.js'))
    .sort()
    .map((name) => join(dir, name));
}
