import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { optional?: boolean }>>;
}

/** What a package needs at run time, as folders from the root of the workspace with forward slashes. */
export interface Closure {
  /** Our own packages, the first one included: `services/order`, `libs/http` … */
  readonly workspaces: readonly string[];
  /** Packages of others: `node_modules/pg`, `gateway/node_modules/undici` … */
  readonly packages: readonly string[];
  /** Links in node_modules by which our own packages are found, to the folder they mean. */
  readonly links: ReadonlyMap<string, string>;
}

/** Follows production dependencies from one workspace, by the rules by which Node finds packages. */
export function closureOf(root: string, start: string): Closure {
  const workspaces = new Set<string>();
  const packages = new Set<string>();
  const links = new Map<string, string>();
  const visit = (folder: string): void => {
    const seen = folder.includes('node_modules') ? packages : workspaces;
    if (seen.has(folder)) return;
    seen.add(folder);
    for (const name of dependenciesOf(root, folder)) {
      const found = find(root, folder, name);
      if (found === undefined) continue;
      const real = fromRoot(root, realpathSync(join(root, found)));
      if (real !== found) links.set(found, real);
      visit(real);
    }
  };
  visit(start);
  return { workspaces: [...workspaces].sort(), packages: [...packages].sort(), links };
}

function dependenciesOf(root: string, folder: string): string[] {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
    (name) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
  );
  const names = [...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }), ...peers];
  // Some packages depend on their types; nobody runs those.
  return names.filter((name) => !name.startsWith('@types/'));
}

/** The nearest node_modules on the way up that has the package; optional ones may be nowhere. */
function find(root: string, folder: string, name: string): string | undefined {
  for (let at = join(root, folder); ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return fromRoot(root, candidate);
    if (at === root) return undefined;
  }
}

function fromRoot(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}
