import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** A TypeScript source of the workspace, by its path from the root with forward slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

/** A workspace package: its folder from the root, and what its package.json says. */
export interface WorkspacePackage {
  folder: string;
  name: string;
  dependencies: string[];
}

const PARENTS = ['libs', 'services', 'simulators', 'sidecars', 'tools', 'clients'];
const ALONE = ['contracts', 'gateway', 'tests', 'bench'];
const SKIPPED = new Set(['node_modules', 'dist', 'generated', '.souk', '.nx', 'coverage']);

export function workspacePackages(): WorkspacePackage[] {
  const nested = PARENTS.filter((parent) => existsSync(join(ROOT, parent))).flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => `${parent}/${name}`),
  );
  return [...ALONE, ...nested].flatMap((folder) => {
    const file = join(ROOT, folder, 'package.json');
    if (!existsSync(file)) return [];
    const json = JSON.parse(readFileSync(file, 'utf8')) as { name: string; dependencies?: Record<string, string> };
    return [{ folder, name: json.name, dependencies: Object.keys(json.dependencies ?? {}) }];
  });
}

/** Every .ts file of the workspace packages that is written by hand. */
export function sourceFiles(): SourceFile[] {
  return workspacePackages()
    .flatMap(({ folder }) => walk(join(ROOT, folder)))
    .map((file) => ({ path: relative(ROOT, file).split(sep).join('/'), text: readFileSync(file, 'utf8') }));
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}
