import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { withLock } from '../system/lock.ts';
import { runCommand } from '../system/run-command.ts';

const SOURCES = resolve(import.meta.dirname, '../../infra');
const LAUNCHER = 'mongo/launcher';
const DEFINED_BY = [
  'pom.xml',
  'kafka/pom.xml',
  'mongo/pom.xml',
  'postgres/pom.xml',
  'log4j2.properties',
  ...readdirSync(join(SOURCES, LAUNCHER))
    .sort()
    .map((name) => join(LAUNCHER, name)),
];
const COPY_DEPENDENCIES = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/** Where the embedded servers lie, once they are there. */
export interface Toolchain {
  readonly dir: string;
  readonly java: string;
}

/** The servers from Maven Central, fetched once per version of their definition and shared by all instances. */
export async function ensureToolchain(home: string, onFetch: () => void): Promise<Toolchain> {
  const toolchain = { dir: toolchainDir(home), java: findOnPath('java') };
  if (existsSync(toolchain.dir)) return toolchain;
  mkdirSync(join(home, 'toolchain'), { recursive: true, mode: 0o755 });
  await withLock(join(home, 'toolchain.lock'), async () => {
    if (existsSync(toolchain.dir)) return;
    onFetch();
    await fetchInto(`${toolchain.dir}.partial`, home);
    renameSync(`${toolchain.dir}.partial`, toolchain.dir);
  });
  return toolchain;
}

export function toolchainIsThere(home: string): boolean {
  return existsSync(toolchainDir(home));
}

/** A class path of single jars in a fixed order: with `lib/*` Java silently ignores the class archive. */
export function classPath(toolchain: Toolchain, part: 'kafka' | 'mongo'): string {
  const dir = join(toolchain.dir, part);
  const jars = readdirSync(dir).filter((name) => name.endsWith('.jar'));
  return jars
    .sort()
    .map((jar) => join(dir, jar))
    .join(delimiter);
}

export function findOnPath(name: string): string {
  const found = lookUp(name);
  if (found) return found;
  throw new CliError(
    `${name} was not found`,
    'it is not on PATH',
    './souk doctor --fix, or install it yourself (./souk doctor says how)',
  );
}

export function lookUp(name: string): string | undefined {
  const dirs = [
    process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin') : '',
    ...(process.env.PATH ?? '').split(delimiter),
  ];
  return dirs
    .filter(Boolean)
    .map((dir) => join(dir, name))
    .find(isExecutable);
}

/** True for a file that this user may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function toolchainDir(home: string): string {
  const hash = createHash('sha256');
  for (const name of DEFINED_BY) hash.update(readFileSync(join(SOURCES, name)));
  return join(home, 'toolchain', hash.digest('hex').slice(0, 12));
}

async function fetchInto(dir: string, home: string): Promise<void> {
  rmSync(dir, { recursive: true, force: true });
  const src = join(dir, 'src');
  mkdirSync(src, { recursive: true, mode: 0o755 });
  for (const name of DEFINED_BY) cpSync(join(SOURCES, name), join(src, name));
  const arch = process.arch === 'arm64' ? 'arm64v8' : 'amd64';
  await runCommand({
    what: 'fetching the embedded servers with Maven',
    command: findOnPath('mvn'),
    args: [
      '-q',
      '-B',
      '-Dstyle.color=never',
      ...ownRepository(home),
      `-Dsouk.arch=${arch}`,
      COPY_DEPENDENCIES,
      '-DincludeScope=runtime',
      '-DoutputDirectory=${project.basedir}/lib',
    ],
    cwd: src,
    logFile: join(home, 'toolchain', 'maven.log'),
    fix: 'check the network and the Maven settings (~/.m2/settings.xml), then run ./souk up again',
  });
  for (const part of ['kafka', 'mongo']) renameSync(join(src, part, 'lib'), join(dir, part));
  await compileLauncher(dir, home);
  await unpackPostgres(dir, home);
  cpSync(join(src, 'log4j2.properties'), join(dir, 'log4j2.properties'));
  rmSync(src, { recursive: true });
}

/** A user without a writable home (nobody, say) gets a repository of our own. */
function ownRepository(home: string): string[] {
  try {
    accessSync(userInfo().homedir, constants.W_OK); // Java's idea of home, which is not $HOME
    return [];
  } catch {
    return [`-Dmaven.repo.local=${join(home, 'maven-repository')}`];
  }
}

async function compileLauncher(dir: string, home: string): Promise<void> {
  const classes = join(dir, 'classes');
  const logFile = join(home, 'toolchain', 'javac.log');
  const sources = join(dir, 'src', LAUNCHER);
  const files = readdirSync(sources).map((name) => join(sources, name));
  const javac = ['-cp', join(dir, 'mongo', '*'), '-d', classes, ...files];
  await runCommand({
    what: 'compiling the MongoDB launcher',
    command: findOnPath('javac'),
    args: javac,
    cwd: dir,
    logFile,
  });
  const jar = ['cf', join(dir, 'mongo', 'launcher.jar'), '-C', classes, '.'];
  await runCommand({ what: 'packing the MongoDB launcher', command: findOnPath('jar'), args: jar, cwd: dir, logFile });
  rmSync(classes, { recursive: true });
}

async function unpackPostgres(dir: string, home: string): Promise<void> {
  const target = join(dir, 'postgres');
  mkdirSync(target, { mode: 0o755 });
  const lib = join(dir, 'src', 'postgres', 'lib');
  const jar = readdirSync(lib).find((name) => name.startsWith('embedded-postgres-binaries'));
  if (!jar) throw new CliError('PostgreSQL was not fetched', `no archive in ${lib}`, 'run ./souk up again');
  const logFile = join(home, 'toolchain', 'unpack.log');
  const what = 'unpacking PostgreSQL';
  await runCommand({ what, command: findOnPath('jar'), args: ['xf', join(lib, jar)], cwd: target, logFile });
  const archive = readdirSync(target).find((name) => name.endsWith('.txz')) ?? 'postgres.txz';
  await runCommand({
    what,
    command: findOnPath('tar'),
    args: ['xJf', archive],
    cwd: target,
    logFile,
    fix: 'install xz-utils',
  });
  rmSync(join(target, archive));
  rmSync(join(target, 'META-INF'), { recursive: true, force: true });
  chmodSync(dir, 0o755);
}
