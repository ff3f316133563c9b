import { createHash } from 'node:crypto';
import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { closureOf } from '../../../setup/src/closure.ts';

/** One image: the folder it is made of, and the values of which chart take its tag. */
export interface ImageEntry {
  readonly folder: string;
  readonly release: 'infra' | 'souk';
  /** One of each deployable that runs it. */
  readonly tagValues: readonly string[];
}

/** The one list of images. Each has a tag of its own, so that a change restarts only what runs it. */
export const IMAGES: readonly ImageEntry[] = [
  { folder: 'tools/setup', release: 'souk', tagValues: ['global.image.tag'] },
  { folder: 'tools/trace-store', release: 'infra', tagValues: ['global.image.tag'] },
  { folder: 'sidecars/ambassador', release: 'souk', tagValues: ['order.ambassador.image.tag'] },
  {
    folder: 'gateway',
    release: 'souk',
    tagValues: ['gateway.image.tag', 'aggregation.image.tag', 'gatekeeper.image.tag'],
  },
  { folder: 'services/catalog', release: 'souk', tagValues: ['catalog.image.tag', 'catalog-critical.image.tag'] },
  { folder: 'services/inventory', release: 'souk', tagValues: ['inventory.image.tag'] },
  { folder: 'services/order', release: 'souk', tagValues: ['order.image.tag', 'order-query.image.tag'] },
  { folder: 'services/recommendation', release: 'souk', tagValues: ['recommendation.image.tag'] },
  { folder: 'simulators/identity', release: 'souk', tagValues: ['identity.image.tag'] },
  { folder: 'simulators/payment', release: 'souk', tagValues: ['payment.image.tag'] },
];

export interface Image extends ImageEntry {
  /** `localhost/souk/order:0.1.0-3f9a…` */
  readonly ref: string;
  readonly tag: string;
}

/** What every image is made with. */
const COMMON = [
  'Dockerfile',
  '.dockerignore',
  '.npmrc',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'tools/setup/src/pack.ts',
  'tools/setup/src/sbom.ts',
  'tools/setup/src/closure.ts',
];
/** What the packing takes of a package of ours, and what makes it. */
const PARTS = ['package.json', 'LICENSE', 'tsconfig.json', 'src'];
const NOT_PACKED = /\.(spec|suite|fixture|mother)\.ts$/;

/** The images of this checkout, named by their content: the same sources have the same tag, on every machine. */
export function imagesOf(root: string, registry: string, entries: readonly ImageEntry[] = IMAGES): readonly Image[] {
  const { version } = manifestOf(root, '.');
  return entries.map((entry) => {
    const tag = `${version}-${contentHash(root, entry.folder)}`;
    return { ...entry, tag, ref: `${registry}/${basename(entry.folder)}:${tag}` };
  });
}

/** What a chart must be told to run exactly these images, as `name=value`. */
export function imageValues(images: readonly Image[], release: string, registry: string): string[] {
  const ours = images.filter((image) => image.release === release);
  const tags = ours.flatMap(({ tagValues, tag }) => tagValues.map((value) => `${value}=${tag}`));
  return [`global.image.registry=${registry}`, ...tags];
}

/** 12 hex digits over everything that goes into the image of a deployable. */
export function contentHash(root: string, folder: string): string {
  const { workspaces } = closureOf(root, folder);
  const ours = workspaces.flatMap((workspace) => PARTS.flatMap((part) => filesBelow(root, `${workspace}/${part}`)));
  const extra = (manifestOf(root, folder).image?.files ?? []).flatMap((pattern) =>
    globSync(pattern, { cwd: root }).flatMap((path) => filesBelow(root, path)),
  );
  const files = [...new Set([...COMMON.flatMap((file) => filesBelow(root, file)), ...ours, ...extra])].sort();
  return digest([folder, ...files.flatMap((file) => [file, readFileSync(join(root, file))])]);
}

function filesBelow(root: string, path: string): string[] {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stats) return [];
  if (stats.isFile()) return NOT_PACKED.test(path) ? [] : [path];
  return readdirSync(join(root, path)).flatMap((name) => filesBelow(root, `${path}/${name}`));
}

/** The length before each part keeps `ab`,`c` apart from `a`,`bc`. */
function digest(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 12);
}

interface Manifest {
  readonly version: string;
  readonly image?: { readonly files?: readonly string[] };
}

function manifestOf(root: string, folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
}
