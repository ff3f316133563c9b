import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { secret } from '../secrets.ts';
import { soukCommand } from '../souk-command.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { runCommand } from '../system/run-command.ts';
import { childEnv } from './java.ts';
import { lookUp } from './toolchain.ts';

export const COMPOSE_SERVERS = ['kafka', 'postgres', 'mongo'] as const;
type ComposeServer = (typeof COMPOSE_SERVERS)[number] | 'valkey';

const ENGINE_ANSWERS_WITHIN_MS = 2_000;
/** Longer than any stop_grace_period of compose.yaml. */
const STOP_GRACE_MS = 25_000;
const FILE = join(REPO_ROOT, 'compose.yaml');
/** What decides to which engine the docker command talks. */
const DOCKER_VARIABLES = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'DOCKER_CERT_PATH',
  'DOCKER_TLS_VERIFY',
  'XDG_RUNTIME_DIR',
];

/** Containers, network and volumes of an instance bear this name. */
export const projectOf = (instance: Pick<Instance, 'name'>): string => `souk-${instance.name}`;

/** Why Docker Compose cannot be used; undefined when it can. */
export async function composeTrouble(): Promise<string | undefined> {
  const docker = lookUp('docker');
  if (!docker) return 'docker is not on PATH';
  const [engine, compose] = await Promise.all([
    answerOf(docker, ['info', '--format', '{{.ServerVersion}}']),
    answerOf(docker, ['compose', 'version', '--short']),
  ]);
  if (engine === undefined)
    return `no Docker engine answers within ${ENGINE_ANSWERS_WITHIN_MS / 1_000} s (docker info)`;
  return compose === undefined ? 'the docker command has no compose plugin (docker compose version)' : undefined;
}

/** Fetches what is missing and creates network, volumes and containers, so that the servers can then be started side by side. */
export async function prepareCompose(instance: Instance): Promise<void> {
  for (const name of ['postgres-superuser', 'valkey']) secret(instance.secretsDir, name);
  try {
    await createContainers(instance, COMPOSE_SERVERS);
  } catch (error) {
    throw explained(error, instance);
  }
}

/** By itself: the shop works without it, so that its image must not keep the others from starting. */
export async function prepareValkeyContainer(instance: Instance): Promise<void> {
  secret(instance.secretsDir, 'valkey');
  await createContainers(instance, ['valkey']);
}

async function createContainers(instance: Instance, servers: readonly ComposeServer[]): Promise<void> {
  await runCommand({
    what: 'creating the containers with Docker Compose',
    command: requireDocker(),
    args: [...projectArgs(instance), 'up', '--no-start', '--pull', 'missing', ...servers],
    cwd: REPO_ROOT,
    env: composeEnv(instance),
    logFile: join(instance.logsDir, servers.length === 1 ? `compose-${servers[0]}.log` : 'compose.log'),
  });
}

/**
 * A server as a process of the supervisor: `docker compose up`, which stays with the container, writes its log, and stops it when it
 * is told to end. Killed, it leaves the container running, and its successor finds it.
 */
export function composeSpec(instance: Instance, name: ComposeServer): ProcessSpec {
  const port = instance.ports.of[name];
  return {
    name,
    kind: 'infra',
    command: requireDocker(),
    args: [...projectArgs(instance), 'up', '--no-deps', '--no-log-prefix', '--no-color', name],
    cwd: REPO_ROOT,
    env: composeEnv(instance),
    logFile: join(instance.logsDir, `${name}.log`),
    port,
    probe: { protocol: name, port },
    stopSignal: 'SIGTERM',
    stopGraceMs: STOP_GRACE_MS,
    fingerprint: 'compose',
  };
}

/** Removes the containers and the network, whoever has left them; with `purge` the volumes too. */
export async function composeDown(instance: Instance, purge: boolean): Promise<void> {
  await runCommand({
    what: 'removing the containers with Docker Compose',
    command: requireDocker(),
    args: [...projectArgs(instance), '--profile', '*', 'down', '--remove-orphans', ...(purge ? ['--volumes'] : [])],
    cwd: REPO_ROOT,
    env: composeEnv(instance),
    logFile: join(instance.logsDir, 'compose.log'),
    fix: 'start the Docker engine, then run ./souk down again: containers and volumes are still there',
  });
}

/** Memory of the containers in MiB by server; empty where the engine does not answer. */
export async function composeMemory(instance: Instance): Promise<ReadonlyMap<string, number>> {
  const docker = lookUp('docker');
  const ids = docker && (await answerOf(docker, [...projectArgs(instance), 'ps', '--quiet'], composeEnv(instance)));
  if (!docker || !ids) return new Map();
  const format = '{{.Name}}\t{{.MemUsage}}';
  const stats = await answerOf(docker, ['stats', '--no-stream', '--format', format, ...ids.split('\n')]);
  return memoryByServer(projectOf(instance), stats ?? '');
}

/** "souk-default-kafka-1<tab>312.4MiB / 640MiB" → kafka, 312. */
export function memoryByServer(project: string, stats: string): ReadonlyMap<string, number> {
  const lines = stats.split('\n').flatMap((line) => {
    const [container = '', usage = ''] = line.split('\t');
    const [, amount, unit = ''] = /^([\d.]+)\s*([KMG]?i?B)/.exec(usage) ?? [];
    const name = container.slice(project.length + 1).replace(/-\d+$/, '');
    return amount && container.startsWith(`${project}-`)
      ? [[name, Math.round(Number(amount) * mebibytes(unit))] as const]
      : [];
  });
  return new Map(lines);
}

function mebibytes(unit: string): number {
  return { B: 1 / 1_048_576, KiB: 1 / 1_024, MiB: 1, GiB: 1_024 }[unit] ?? 0;
}

function projectArgs(instance: Instance): string[] {
  return ['compose', '--project-name', projectOf(instance), '--file', FILE];
}

/** Ports and where the secrets lie; the secrets themselves are in no environment and no argument. */
function composeEnv(instance: Instance): Record<string, string> {
  const { kafka, postgres, mongo, valkey } = instance.ports.of;
  const engine = DOCKER_VARIABLES.flatMap((name) => (process.env[name] ? [[name, process.env[name]] as const] : []));
  return childEnv({
    ...Object.fromEntries(engine),
    SOUK_PROJECT: projectOf(instance),
    SOUK_SECRETS_DIR: instance.secretsDir,
    SOUK_KAFKA_PORT: String(kafka),
    SOUK_POSTGRES_PORT: String(postgres),
    SOUK_MONGO_PORT: String(mongo),
    SOUK_VALKEY_PORT: String(valkey),
  });
}

function requireDocker(): string {
  const docker = lookUp('docker');
  if (docker) return docker;
  throw new CliError(
    'docker was not found',
    'this instance runs its servers with Docker Compose',
    'install Docker with its compose plugin, or ./souk down --purge and ./souk up --infra embedded',
  );
}

/** `without` is how to do without Docker, for an instance that has no data in containers yet. */
const CAUSES: readonly {
  readonly sign: RegExp;
  readonly what: string;
  readonly fix: string;
  readonly without?: string;
}[] = [
  {
    sign: /Cannot connect to the Docker daemon|error during connect|docker daemon is not running/i,
    what: 'the Docker engine cannot be reached',
    fix: 'start it (systemctl start docker, or Docker Desktop)',
    without: 'needs none',
  },
  {
    sign: /port is already allocated|address already in use/i,
    what: 'a port of the servers is taken',
    fix: 'end what holds it (docker ps, ./souk doctor), or use other ports: ./souk up --port-base 6000',
  },
  {
    sign: /manifest unknown|pull access denied|toomanyrequests|failed to resolve reference|no such host|TLS handshake|i\/o timeout/i,
    what: 'an image could not be fetched',
    fix: 'check the network and the registry (docker pull shows more)',
    without: 'needs no images',
  },
];

function explained(error: unknown, { name }: Instance): unknown {
  if (!(error instanceof CliError)) return error;
  const cause = CAUSES.find(({ sign }) => sign.test(error.why));
  if (cause === undefined) return error;
  const mayDoWithout = cause.without !== undefined && openInstance(name).infra === undefined;
  const without = mayDoWithout ? `; ${soukCommand(name, 'up --infra embedded')} ${cause.without}` : '';
  return new CliError(cause.what, error.why, `${cause.fix}${without}`, { cause: error });
}

function answerOf(command: string, args: readonly string[], env?: Record<string, string>): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: ENGINE_ANSWERS_WITHIN_MS, ...(env ? { env } : {}) };
    execFile(command, args, options, (error, stdout) => resolve(error ? undefined : stdout.trim()));
  });
}
