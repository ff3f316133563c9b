import { describe, expect, it } from '@jest/globals';
import {
  bytesOf,
  isAllowed,
  isOthers,
  type Lock,
  lockProblems,
  type Manifest,
  manifestProblems,
  nameOf,
  packagesOf,
  readLock,
  readManifests,
  readText,
  syncProblems,
  tableUnder,
} from './supply-chain.ts';

const lock = readLock();
const manifests = readManifests();
const ours = new Set([...manifests.values()].map(({ name }) => name));
const page = readText('docs/dependencies.md');
const ceilings = tableUnder(page, 'Ceilings').map(([image = '', packages, mib]) => ({
  image,
  packages: Number(packages),
  mib: Number(mib),
}));
const images = ceilings.filter(({ image }) => image !== 'all');
const inImages = packagesOf(images.map(({ image }) => image));
const others = Object.entries(lock).filter(([path, entry]) => isOthers(path, entry));
const aHash = `sha512-${'a'.repeat(86)}==`;

describe('every package.json', () => {
  it('names one exact version of everything and runs nothing on an install', () =>
    expect([...manifests.values()].flatMap((manifest) => manifestProblems(manifest, ours))).toEqual([]));

  it('is what the lock file was made from', () =>
    expect([...manifests].flatMap(([folder, manifest]) => syncProblems(lock, folder, manifest, ours))).toEqual([]));

  it.each<[string, Partial<Manifest>]>([
    ['a range', { dependencies: { pg: '^8.0.0' } }],
    ['a tag', { devDependencies: { jest: 'latest' } }],
    ['a git source', { dependencies: { pg: 'git+ssh://git@example.com/pg.git' } }],
    ['a file', { optionalDependencies: { pg: 'file:../pg' } }],
    ['a version of our own', { dependencies: { '@souk/http': '0.1.0' } }],
    ['a loose override', { overrides: { pg: '8.x' } }],
    ['a script that npm runs by itself', { scripts: { postinstall: 'true' } }],
  ])('would be refused with %s', (_what, part) =>
    expect(manifestProblems({ name: 'x', ...part }, new Set(['@souk/http']))).toHaveLength(1),
  );

  it('would be refused when the lock file lags behind', () => {
    const locked = { '': { dependencies: { pg: '8.0.0' } }, 'node_modules/pg': { version: '8.0.0', integrity: aHash } };
    const check = (version: string, noted: Lock = locked): string[] =>
      syncProblems(noted, '', { name: 'x', dependencies: { pg: version } }, new Set());
    expect(check('8.0.0')).toEqual([]);
    expect(check('8.0.1')).toHaveLength(1);
    expect(check('8.0.0', { '': locked[''] })).toHaveLength(1);
    expect(check('8.0.0', { ...locked, '': { dependencies: { pg: '^8.0.0' } } })).toHaveLength(1);
  });
});

describe('the lock file', () => {
  it('names everything of others by its hash, and the binaries of all platforms', () => {
    expect(others.length).toBeGreaterThan(500);
    expect(lockProblems(lock)).toEqual([]);
  });

  it('would be refused otherwise', () => {
    const sound = { version: '1.0.0', integrity: aHash };
    const check = (entry: Lock[string]): string[] => lockProblems({ 'node_modules/x': entry });
    expect(check(sound)).toEqual([]);
    expect(check({ ...sound, integrity: 'sha1-abc=' })).toHaveLength(1);
    expect(check({ version: '1.0.0' })).toHaveLength(1);
    expect(check({ ...sound, resolved: 'git+https://example.com/x.git' })).toHaveLength(1);
    expect(check({ ...sound, resolved: 'https://example.com/x.tgz' })).toHaveLength(1);
    expect(check({ ...sound, optionalDependencies: { '@x/darwin': '1.0.0' } })).toHaveLength(1);
  });
});

describe('docs/dependencies.md', () => {
  const runtime = tableUnder(page, 'Runtime');
  const users = new Map<string, string[]>();
  const runs = [...manifests].filter(([folder]) => !/^(tests|bench)$/.test(folder));
  for (const [folder, { dependencies = {} }] of runs)
    for (const name of Object.keys(dependencies).filter((one) => !ours.has(one)))
      users.set(name, [...(users.get(name) ?? []), folder]);

  it('has a reason for every runtime dependency, and none for what is not there', () => {
    expect(runtime.map(([name]) => name)).toEqual([...users.keys()].sort());
    expect(runtime.filter(([, , why = '']) => why.length < 10)).toEqual([]);
  });

  it('says who uses each', () => {
    const told = (folders: readonly string[]): string =>
      folders.length > 5 ? 'everywhere' : [...folders].sort().join(', ');
    expect(runtime.map(([name = '', by]) => `${name}: ${by}`)).toEqual(
      runtime.map(([name = '']) => `${name}: ${told(users.get(name) ?? [])}`),
    );
  });

  it('has a ceiling for every deployable', () => {
    const deployables = [...manifests.keys()].filter((folder) =>
      /^(gateway|(services|sidecars|simulators)\/.+)$/.test(folder),
    );
    expect(deployables.filter((folder) => !images.some(({ image }) => image === folder))).toEqual([]);
  });

  it.each(ceilings)('keeps $image to $packages packages and $mib MiB', ({ image, packages, mib }) => {
    const folders = image === 'all' ? inImages : packagesOf([image]);
    const bytes = [...folders].reduce((sum, folder) => sum + bytesOf(folder), 0);
    expect(folders.size).toBeLessThanOrEqual(packages);
    expect(bytes / 2 ** 20).toBeLessThanOrEqual(mib);
    // A ceiling far above what is there holds nothing.
    expect(folders.size).toBeGreaterThan(packages * 0.9);
    expect(bytes / 2 ** 20).toBeGreaterThan(mib * 0.9);
  });
});

describe('install scripts', () => {
  const table = tableUnder(page, 'Install scripts');
  const brought = [
    ...new Set(others.flatMap(([path, { hasInstallScript }]) => (hasInstallScript ? [nameOf(path)] : []))),
  ].sort();

  it('are all known, with a reason, and none of the workspace runs', () => {
    const known = table.filter(([name]) => name !== 'node');
    expect(known.map(([name]) => name)).toEqual(brought);
    expect(known.filter(([, runs, why = '']) => runs !== 'no' || why.length < 10)).toEqual([]);
    expect(manifests.get('')?.allowScripts).toEqual(Object.fromEntries(brought.map((name) => [name, false])));
  });

  it('do not run by any command of ours', () => {
    expect(readText('.npmrc').split('\n')).toContain('ignore-scripts=true');
    const installs = ['souk', 'Dockerfile', '.ci/run'].flatMap(
      (file) => readText(file).match(/npm (ci|install)\b[^\n;|}]*/g) ?? [],
    );
    expect(installs.length).toBeGreaterThanOrEqual(3);
    const loud = installs.filter((line) => !line.includes('--ignore-scripts'));
    expect(loud.filter((line) => !/--prefix .*node@24/.test(line))).toEqual([]);
  });
});

describe('licences', () => {
  const table = tableUnder(page, 'Licences');
  const allowed = new Set(table.filter(([, where]) => where === 'images').map(([name = '']) => name));
  const forDevelopment = new Set(table.map(([name = '']) => name));

  it('are all on the list', () => {
    const wrong = others.filter(
      ([path, { license = 'none' }]) => !isAllowed(license, inImages.has(path) ? allowed : forDevelopment),
    );
    expect(wrong.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });

  it('are read as their expressions mean', () => {
    const two = new Set(['MIT', 'ISC']);
    expect(isAllowed('(GPL-3.0 OR MIT)', two)).toBe(true);
    expect(isAllowed('MIT AND GPL-3.0', two)).toBe(false);
    expect(isAllowed('MIT AND ISC', two)).toBe(true);
    expect(isAllowed('none', two)).toBe(false);
  });
});
