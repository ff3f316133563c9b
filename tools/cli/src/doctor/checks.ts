import { execFile, execFileSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { freeBase, ownerOf } from '../free-ports.ts';
import { REPO_ROOT, openToOthers } from '../home.ts';
import { composeTrouble } from '../infra/compose.ts';
import { embeddedNames } from '../infra/provider.ts';
import { lookUp, toolchainIsThere } from '../infra/toolchain.ts';
import { canFetchValkey, fetchedValkey, valkeyOnMachine } from '../infra/valkey-binary.ts';
import type { Instance } from '../instance.ts';
import { portList } from '../ports.ts';
import { soukCommand } from '../souk-command.ts';
import { readIfThere } from '../system/files.ts';
import { holderOf, portIsFree } from '../system/port-holder.ts';
import type { ClusterQuestion } from './cluster-checks.ts';
import type { Finding, Weight } from './finding.ts';
import { availableMiB, clockIsPlausible, javaMajor, nodeIsNewEnough, openFilesLimit } from './judge.ts';
import { takenPorts } from './taken-ports.ts';

const NEEDS_MEMORY_MIB = 1_500;
const NEEDS_DISK_MIB = 2_048;
const NEEDS_OPEN_FILES = 1_024;

export interface DoctorContext {
  readonly instance: Instance;
  /** Names of processes of this instance that run already: their ports are ours. */
  readonly running: ReadonlySet<string>;
  /** Where `--on` means to work; without it the host. */
  readonly cluster?: ClusterQuestion;
}

type Check = (context: DoctorContext) => Finding | Promise<Finding>;

/** Looks at everything `up` and the tests depend on, in a fraction of a second; a cluster is asked, too, if one is meant. */
export async function examine(context: DoctorContext, only?: Weight): Promise<Finding[]> {
  const onCluster = context.cluster !== undefined && context.cluster.on !== 'host';
  const required = onCluster ? REQUIRED : REQUIRED_ON_HOST;
  const advised = onCluster ? ADVISED : ADVISED_ON_HOST;
  const checks = only === 'required' ? required : [...required, ...advised];
  const findings = await Promise.all(checks.map((check) => check(context)));
  if (only === 'required' && !onCluster) return findings;
  const { examineForCluster } = await import('./cluster-checks.ts');
  return [...findings, ...(await examineForCluster(context.cluster, only))];
}

const platform: Check = () => {
  const ok = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
  return {
    id: 'platform',
    weight: 'required',
    ok,
    detail: `${process.platform} ${process.arch}`,
    fix: 'run it on Linux (x64 or arm64), in a virtual machine or WSL 2 elsewhere',
  };
};

const node: Check = () => ({
  id: 'node',
  weight: 'required',
  ok: nodeIsNewEnough(process.version),
  detail: `Node ${process.version}`,
  fix: 'start through ./souk, which fetches Node 24 into .souk/',
});

const dependencies: Check = () => {
  const ok = existsSync(join(REPO_ROOT, 'node_modules/.package-lock.json'));
  return {
    id: 'dependencies',
    weight: 'required',
    ok,
    detail: ok ? 'node_modules is there' : 'node_modules is missing',
    fix: 'npm ci --ignore-scripts',
  };
};

const jdk: Check = async ({ instance }) => {
  const base = {
    id: 'jdk',
    weight: embeddedWeight(instance),
    fix: 'install a JDK 17 or later',
    packages: ['default-jdk-headless'],
  };
  const missing = ['java', 'javac', 'jar'].filter((name) => !lookUp(name));
  if (missing.length > 0) return { ...base, ok: false, detail: `${missing.join(', ')} not found` };
  const major = javaMajor(await outputOf(lookUp('java') ?? 'java', ['-version']));
  return { ...base, ok: (major ?? 0) >= 17, detail: `Java ${major ?? 'of unknown version'}` };
};

const maven: Check = ({ instance }) => {
  const done = toolchainIsThere(instance.home);
  const base = {
    id: 'maven',
    weight: done ? ('optional' as const) : embeddedWeight(instance),
    fix: 'install Maven 3.6 or later',
    packages: ['maven'],
  };
  const path = lookUp('mvn');
  return {
    ...base,
    ok: done || path !== undefined,
    detail: done ? 'not needed, the embedded servers are fetched' : (path ?? 'mvn not found'),
  };
};

const unpack: Check = ({ instance }) => {
  const missing = ['tar', 'xz'].filter((name) => !lookUp(name));
  const ok = toolchainIsThere(instance.home) || missing.length === 0;
  return {
    id: 'unpack',
    weight: embeddedWeight(instance),
    ok,
    detail: missing.length > 0 ? `${missing.join(', ')} not found` : 'tar and xz',
    fix: 'install tar and xz',
    packages: ['tar', 'xz-utils'],
  };
};

const unprivileged: Check = ({ instance }) => {
  const base = { id: 'unprivileged-user', weight: embeddedWeight(instance), packages: ['util-linux'] };
  if (process.getuid?.() !== 0) return { ...base, ok: true, detail: 'not root', fix: '' };
  if (!lookUp('setpriv'))
    return {
      ...base,
      ok: false,
      detail: 'setpriv not found, PostgreSQL must not run as root',
      fix: 'install util-linux',
    };
  if (!hasUserNobody())
    return {
      ...base,
      ok: false,
      packages: [],
      detail: 'there is no user nobody',
      fix: 'create it, or run ./souk as an ordinary user',
    };
  const ok = openToOthers(instance.home);
  return {
    ...base,
    packages: [],
    ok,
    detail: `${instance.home} ${ok ? 'is' : 'is not'} reachable for user nobody`,
    fix: 'set SOUK_HOME, e.g. to /var/tmp/souk',
  };
};

const docker: Check = async ({ instance }) => {
  const trouble = await composeTrouble();
  return {
    id: 'docker',
    weight: instance.infra === 'compose' && embeddedNames(process.env).length > 0 ? 'required' : 'optional',
    ok: trouble === undefined,
    detail: trouble ?? 'an engine answers, with compose',
    fix: 'start the Docker engine with its compose plugin, or ./souk up --infra embedded on an instance without data',
  };
};

/** The shop runs without; limits and caches are then per process. */
const valkey: Check = ({ instance }) => {
  const containers = instance.infra === 'compose' ? 'a container' : undefined;
  const found = process.env.VALKEY_URL ? 'VALKEY_URL' : (containers ?? valkeyOnMachine()?.path);
  const fetched = fetchedValkey(instance.home)
    ? 'fetched'
    : canFetchValkey()
      ? 'up fetches it with apt-get'
      : undefined;
  return {
    id: 'valkey',
    weight: 'optional',
    ok: (found ?? fetched) !== undefined,
    detail: found ?? fetched ?? 'neither valkey-server nor redis-server on PATH: limits and caches are per process',
    fix: 'install valkey or redis-server 7 or later, or set VALKEY_URL',
  };
};

const writable: Check = ({ instance }) => {
  const base = {
    id: 'state-directory',
    weight: 'required' as const,
    fix: 'make it writable, or set SOUK_HOME to another place',
  };
  try {
    mkdirSync(instance.home, { recursive: true, mode: 0o755 });
    accessSync(instance.home, constants.W_OK);
    return { ...base, ok: true, detail: `${instance.home} is writable` };
  } catch {
    return { ...base, ok: false, detail: `${instance.home} is not writable` };
  }
};

const disk: Check = ({ instance }) => {
  const fs = statfsSync(existsSync(instance.home) ? instance.home : REPO_ROOT);
  const free = Math.round((fs.bavail * fs.bsize) / 1024 / 1024);
  return {
    id: 'disk',
    weight: 'required',
    ok: free >= NEEDS_DISK_MIB,
    detail: `${free} MiB free`,
    fix: `free ${NEEDS_DISK_MIB} MiB, or set SOUK_HOME to another disk`,
  };
};

const ports: Check = async ({ instance, running }) => {
  const taken: string[] = [];
  for (const { name, port } of portList(instance.ports)) {
    if (!running.has(ownerOf(name)) && !(await portIsFree(port)))
      taken.push(`${port} (${name}): ${holderOf(port) ?? 'another user'}`);
  }
  return {
    id: 'ports',
    weight: 'advised',
    ok: taken.length === 0,
    detail: takenPorts(taken) || 'all free or ours',
    fix: `end what holds them, or ${soukCommand(instance.name, `up --port-base ${await freeBase()}`)}`,
  };
};

const memory: Check = () => {
  const max = readIfThere('/sys/fs/cgroup/memory.max');
  const current = readIfThere('/sys/fs/cgroup/memory.current');
  const free = Math.round(
    availableMiB(readFileSync('/proc/meminfo', 'utf8'), max && current ? { max, current } : undefined),
  );
  return {
    id: 'memory',
    weight: 'advised',
    ok: free >= NEEDS_MEMORY_MIB,
    detail: `${free} MiB available`,
    fix: `close something: the shop with its tests wants ${NEEDS_MEMORY_MIB} MiB`,
  };
};

const clock: Check = () => {
  const ok = clockIsPlausible(new Date(), statSync(join(REPO_ROOT, 'package-lock.json')).mtime);
  return {
    id: 'clock',
    weight: 'advised',
    ok,
    detail: new Date().toISOString(),
    fix: 'set the clock (timedatectl set-ntp true)',
  };
};

const openFiles: Check = () => {
  const limit = openFilesLimit(readFileSync('/proc/self/limits', 'utf8'));
  return {
    id: 'open-files',
    weight: 'advised',
    ok: limit >= NEEDS_OPEN_FILES,
    detail: `${limit} open files allowed`,
    fix: 'ulimit -n 4096',
  };
};

const loopback: Check = async () => {
  const addresses = await lookup('localhost', { all: true }).catch(() => []);
  const ok = addresses.some((one) => one.address === '127.0.0.1');
  return {
    id: 'loopback',
    weight: 'advised',
    ok,
    detail: ok ? 'localhost is 127.0.0.1' : 'localhost is not 127.0.0.1',
    fix: 'add "127.0.0.1 localhost" to /etc/hosts',
  };
};

/** Of every command; the rest of what is required is for the servers of the host. */
const REQUIRED = [platform, node, dependencies, writable, disk];
const REQUIRED_ON_HOST = [...REQUIRED, jdk, maven, unpack, unprivileged, docker];
const ADVISED = [clock, openFiles, loopback];
const ADVISED_ON_HOST = [ports, memory, valkey, ...ADVISED];

/** With all three servers given by URL or in containers, nothing of the embedded toolchain is needed. */
function embeddedWeight({ infra }: Instance): Weight {
  return embeddedNames(process.env).length > 0 && infra !== 'compose' ? 'required' : 'optional';
}

function hasUserNobody(): boolean {
  try {
    execFileSync('id', ['-u', 'nobody'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Both streams: `java -version` writes to stderr. A failing command counts as silent. */
function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 3_000 }, (error, stdout, stderr) => resolve(error ? '' : `${stdout}${stderr}`));
  });
}
