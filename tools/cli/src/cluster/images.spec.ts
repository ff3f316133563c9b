import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../home.ts';
import { contentHash, IMAGES, imagesOf, imageValues } from './images.ts';
import { missingOnNodes } from './provide-images.ts';

let root: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const manifest = (name: string, more: object = {}) => JSON.stringify({ name, version: '1.2.3', ...more });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'souk-images-'));
  write('package.json', manifest('souk'));
  write('Dockerfile', 'FROM scratch');
  write('libs/http/package.json', manifest('@souk/http'));
  write('libs/http/src/index.ts', 'http');
  write(
    'services/a/package.json',
    manifest('@souk/a', { dependencies: { '@souk/http': '*' }, image: { files: ['services/a/migrations'] } }),
  );
  write('services/a/src/main.ts', 'a');
  write('services/a/migrations/1.sql', 'create');
  write('services/b/package.json', manifest('@souk/b'));
  write('services/b/src/main.ts', 'b');
  mkdirSync(join(root, 'node_modules/@souk'), { recursive: true });
  symlinkSync('../../libs/http', join(root, 'node_modules/@souk/http'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('the content hash of an image', () => {
  const hashes = () => ['services/a', 'services/b'].map((folder) => contentHash(root, folder));

  it('stays while nothing changes', () => {
    expect(hashes()).toEqual(hashes());
    expect(hashes()[0]).toMatch(/^[0-9a-f]{12}$/);
  });

  it.each<[string, string, boolean[]]>([
    ['its source', 'services/a/src/main.ts', [true, false]],
    ['a library that it uses', 'libs/http/src/index.ts', [true, false]],
    ['a further file that its manifest names', 'services/a/migrations/1.sql', [true, false]],
    ['the Dockerfile', 'Dockerfile', [true, true]],
    ['a weakened variant of it', 'services/a/src/relay.naive.ts', [true, false]],
    ['its compiler options', 'services/a/tsconfig.json', [true, false]],
    ['its licence', 'services/a/LICENSE', [true, false]],
    ...[
      '.dockerignore',
      '.npmrc',
      'package.json',
      'tsconfig.json',
      'tsconfig.base.json',
      'tools/setup/src/pack.ts',
      'tools/setup/src/sbom.ts',
      'tools/setup/src/closure.ts',
    ].map((path): [string, string, boolean[]] => ['what every image is made with', path, [true, true]]),
    ['the lock file', 'package-lock.json', [true, true]],
    ['a test', 'services/a/src/main.spec.ts', [false, false]],
    ['its prose', 'services/a/README.md', [false, false]],
  ])('follows %s: %s', (_, path, changed) => {
    const before = hashes();
    write(path, path === 'package.json' ? manifest('souk', { scripts: {} }) : 'something else');
    expect(hashes().map((hash, index) => hash !== before[index])).toEqual(changed);
  });
});

describe('the images', () => {
  it('are named by version and content, and told to the chart that runs them', () => {
    const entries = [
      { folder: 'services/a', release: 'souk', tagValues: ['a.image.tag', 'a-query.image.tag'] },
      { folder: 'services/b', release: 'infra', tagValues: ['global.image.tag'] },
    ] as const;
    const images = imagesOf(root, 'localhost/souk', entries);
    const tag = `1.2.3-${contentHash(root, 'services/a')}`;
    expect(images[0]).toMatchObject({ ref: `localhost/souk/a:${tag}`, tag });
    expect(imageValues(images, 'souk', 'localhost/souk')).toEqual([
      'global.image.registry=localhost/souk',
      `a.image.tag=${tag}`,
      `a-query.image.tag=${tag}`,
    ]);
  });

  it('are of folders that are there', () => {
    expect(imagesOf(REPO_ROOT, 'r')).toHaveLength(IMAGES.length);
    const values = IMAGES.flatMap(({ release, tagValues }) => tagValues.map((value) => `${release} ${value}`));
    expect(new Set(values).size).toBe(values.length);
    const chart = readFileSync(join(REPO_ROOT, 'charts/souk/Chart.yaml'), 'utf8');
    const deployables = [...chart.matchAll(/alias: ([\w-]+)/g)].map(([, name]) => `souk ${name}.image.tag`);
    expect(deployables.length).toBeGreaterThan(5);
    expect(values).toEqual(expect.arrayContaining(deployables));
  });
});

describe('images that a node has lost', () => {
  const node = (...names: string[]) => ({
    metadata: { name: 'n' },
    status: { images: names.map((name) => ({ names: [name] })) },
  });
  const now = 1_000_000_000;
  const loaded = { 'localhost/souk/a:1': now - 3_600_000, 'souk/b:1': now - 3_600_000 };

  it('are those it does not list', () => {
    expect([...missingOnNodes([node('localhost/souk/a:1')], loaded, now)]).toEqual(['souk/b:1']);
  });

  it('are looked for under the name that docker gives them, and on every node', () => {
    const full = node('localhost/souk/a:1', 'docker.io/souk/b:1');
    expect(missingOnNodes([full], loaded, now).size).toBe(0);
    expect([...missingOnNodes([full, node('souk/b:1')], loaded, now)]).toEqual(['localhost/souk/a:1']);
  });

  it('are not known where lists are cut, or not written yet', () => {
    expect(missingOnNodes([node(...Array.from({ length: 50 }, (_, i) => `x:${i}`))], loaded, now).size).toBe(0);
    expect(missingOnNodes([node()], { 'souk/b:1': now - 1_000 }, now).size).toBe(0);
  });
});
