import {
  cpSync,
  globSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { closureOf } from './closure.ts';

/** Nobody runs these: types, maps, prose, sources of what is compiled. Licences stay. */
const UNUSED_FILES = /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|flow|tsbuildinfo)$|\/(\.[^/]+|tsconfig[^/]*\.json)$/i;
/** Of swagger-ui-dist, the bundles that nobody serves are two thirds. */
const UNUSED_BUNDLES = /\/swagger-ui-dist\/swagger-ui(-es-bundle(-core)?|-standalone-preset)?\.js$/;
/** Beside a package's manifest only: deeper, a folder of such a name may be code (yaml has `dist/doc`). */
const UNUSED_FOLDERS =
  /\/rxjs\/(src|dist\/(esm|esm5|bundles|types))$|\/zod\/src$|\/node_modules\/(@[^/]+\/)?[^/]+\/(test|tests|__tests__|benchmark|benchmarks|example|examples|docs?|\.github)$/;
const UNUSED_OF_OURS = /\.(spec|suite|fixture|mother)\.|\.d\.ts|\/dist\/test$|\.tsbuildinfo$/;

/**
 * Copies what one deployable needs at run time out of a built checkout: its own packages as JavaScript (tools as the
 * TypeScript that Node runs), production dependencies without what nobody runs, and the further files its manifest names.
 */
export function pack(root: string, service: string, target: string, epochSeconds: number): void {
  const { workspaces, packages, links } = closureOf(root, service);
  for (const folder of packages) copy(root, folder, target, (path) => isRun(path));
  for (const folder of workspaces) {
    for (const part of ['package.json', 'LICENSE', 'dist', ...(folder.startsWith('tools/') ? ['src'] : [])])
      copy(root, `${folder}/${part}`, target, (path) => !UNUSED_OF_OURS.test(path));
  }
  for (const file of extraFiles(root, service)) copy(root, file, target, () => true);
  for (const file of ['package.json', 'LICENSE']) copy(root, file, target, () => true);
  for (const [link, folder] of links) {
    mkdirSync(dirname(join(target, link)), { recursive: true });
    symlinkSync(relative(dirname(link), folder), join(target, link));
  }
  date(target, epochSeconds);
}

function isRun(path: string): boolean {
  return !UNUSED_FILES.test(path) && !UNUSED_BUNDLES.test(path) && !(UNUSED_FOLDERS.test(path) && isFolder(path));
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

function copy(root: string, path: string, target: string, keep: (path: string) => boolean): void {
  const from = join(root, path);
  if (statSync(from, { throwIfNoEntry: false }) === undefined) return;
  // A package nested in another is a package of its own: it comes by the closure, or not at all.
  const filter = (source: string) => source === from || (!source.endsWith('/node_modules') && keep(source));
  cpSync(from, join(target, path), { recursive: true, filter });
}

function extraFiles(root: string, service: string): string[] {
  const manifest: { image?: { files?: string[] } } = JSON.parse(
    readFileSync(join(root, service, 'package.json'), 'utf8'),
  );
  return (manifest.image?.files ?? []).flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
}

/** The same date on everything, so that the same content makes the same layer. */
function date(path: string, epochSeconds: number): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) date(child, epochSeconds);
    else lutimesSync(child, epochSeconds, epochSeconds);
  }
  lutimesSync(path, epochSeconds, epochSeconds);
}

if (import.meta.main) {
  const [service, target, epoch] = process.argv.slice(2);
  if (service === undefined || target === undefined) throw new Error('usage: pack.ts <service> <target> [epoch]');
  pack(realpathSync(join(import.meta.dirname, '../../..')), service, target, Number(epoch ?? 0));
}
