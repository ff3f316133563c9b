import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { closureOf } from '../../tools/setup/src/closure.ts';
import { ROOT, workspacePackages } from './sources.ts';

type Versions = Readonly<Record<string, string>>;

/** As much of a package.json as these rules look at. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly scripts?: Versions;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** One entry of `packages` in package-lock.json: the root '', a workspace by its folder, or something in a node_modules. */
export interface Locked extends Omit<Manifest, 'name' | 'scripts' | 'allowScripts' | 'overrides'> {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly license?: string;
  readonly hasInstallScript?: boolean;
}
export type Lock = Readonly<Record<string, Locked>>;

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const json = <T>(path: string): T => JSON.parse(readText(path)) as T;

export const readLock = (): Lock => json<{ packages: Lock }>('package-lock.json').packages;

/** Every package.json of ours by its folder; the root's is ''. */
export const readManifests = (): ReadonlyMap<string, Manifest> =>
  new Map(
    ['', ...workspacePackages().map(({ folder }) => folder)].map((folder) => [
      folder,
      json<Manifest>(posix.join(folder, 'package.json')),
    ]),
  );

const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const SHA512 = /^sha512-[\w+/]{86}==$/;
/** npm runs these by itself, on the machine of whoever installs. */
const LIFECYCLE = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'preprepare', 'postprepare'];

export const isOthers = (path: string, { link }: Locked): boolean => path.includes('node_modules/') && link !== true;
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** One exact version, or `*` for a package of ours; no lifecycle scripts. */
export function manifestProblems(manifest: Manifest, ours: ReadonlySet<string>): string[] {
  const overridden = Object.entries(manifest.overrides ?? {}).map(([name, value]) => [name, String(value)] as const);
  const wanted = [...KINDS.flatMap((kind) => Object.entries(manifest[kind] ?? {})), ...overridden];
  const loose = wanted.filter(([name, version]) => (ours.has(name) ? version !== '*' : !EXACT.test(version)));
  const scripts = LIFECYCLE.filter((name) => manifest.scripts?.[name] !== undefined);
  return [
    ...loose.map(([name, version]) => `${manifest.name} wants ${name} ${version}, which is not one version`),
    ...scripts.map((name) => `${manifest.name} has the script ${name}, which runs on every install`),
  ];
}

/** Everything of others comes from the registry and is named by its hash; every binary for another platform is there too. */
export function lockProblems(lock: Lock): string[] {
  return Object.entries(lock).flatMap(([path, entry]) => {
    const missing = Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) => lockedAt(lock, path, name) === undefined,
    );
    const problems = missing.map((name) => `${path} may need ${name}, which is not locked`);
    if (!isOthers(path, entry)) return problems;
    if (!EXACT.test(entry.version ?? '')) problems.push(`${path} has no version`);
    if (!SHA512.test(entry.integrity ?? '')) problems.push(`${path} has no sha512`);
    // An address would pin a mirror, or be a git, file or tarball source.
    if (entry.resolved !== undefined) problems.push(`${path} comes from ${entry.resolved.split(':', 1)[0]}:`);
    return problems;
  });
}

/** What a manifest says, the lock file must say. */
export function syncProblems(lock: Lock, folder: string, manifest: Manifest, ours: ReadonlySet<string>): string[] {
  return KINDS.flatMap((kind) => {
    const [wanted, noted] = [manifest[kind] ?? {}, lock[folder]?.[kind] ?? {}];
    const names = [...new Set([...Object.keys(wanted), ...Object.keys(noted)])];
    return names.flatMap((name) => {
      if (wanted[name] !== noted[name])
        return [`${manifest.name}: the lock file has ${name} ${noted[name]} among its ${kind}`];
      const version = lockedAt(lock, folder, name)?.version;
      return ours.has(name) || version === wanted[name] ? [] : [`${manifest.name}: ${name} is locked as ${version}`];
    });
  });
}

/** By the rule of Node: the nearest node_modules on the way up. */
function lockedAt(lock: Lock, from: string, name: string): Locked | undefined {
  for (let at = from; ; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
    const found = lock[posix.join(at, 'node_modules', name)];
    if (found !== undefined || at === '') return found;
  }
}

/** SPDX: all sides of AND, one of OR. */
export function isAllowed(license: string, allowed: ReadonlySet<string>): boolean {
  const either = license.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return either.some((one) => one.split(' AND ').every((part) => allowed.has(part)));
}

/** The third-party packages in the images of these deployables, as folders. */
export const packagesOf = (deployables: readonly string[]): Set<string> =>
  new Set(deployables.flatMap((deployable) => closureOf(ROOT, deployable).packages));

/** The files of one package as npm installs them; one that is nested in it is counted by itself. */
export const bytesOf = (folder: string): number => sizeOf(join(ROOT, folder));

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + sizeOf(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}

/** The rows of the table under a heading of a Markdown page, without its head, as cells without back-ticks. */
export function tableUnder(page: string, heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}
