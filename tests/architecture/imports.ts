import { posix } from 'node:path';
import type { SourceFile } from './sources.ts';

/** Where a file stands: the kind of its package decides what it may import. */
export interface Place {
  kind: 'contracts' | 'lib' | 'service' | 'simulator' | 'sidecar' | 'gateway' | 'tool' | 'tests' | 'bench' | 'client';
  /** Folder of the package from the root, for example `services/order`. */
  folder: string;
}

const KINDS: [RegExp, Place['kind']][] = [
  [/^contracts\//, 'contracts'],
  [/^libs\/[^/]+\//, 'lib'],
  [/^services\/[^/]+\//, 'service'],
  [/^simulators\/[^/]+\//, 'simulator'],
  [/^sidecars\/[^/]+\//, 'sidecar'],
  [/^gateway\//, 'gateway'],
  // Deployed beside the shop, like a sidecar, and unlike the other tools.
  [/^tools\/trace-store\//, 'sidecar'],
  [/^tools\/[^/]+\//, 'tool'],
  [/^tests\//, 'tests'],
  [/^bench\//, 'bench'],
  [/^clients\/[^/]+\//, 'client'],
];

export function placeOf(path: string): Place {
  for (const [pattern, kind] of KINDS) {
    const match = pattern.exec(path);
    if (match !== null) return { kind, folder: match[0].slice(0, -1) };
  }
  throw new Error(`${path} belongs to no kind of package; add its folder to the architecture rules`);
}

const IMPORT =
  /^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]/gm;

/** The module names that a source imports, exports from, or loads while it runs. */
export function importsOf(source: SourceFile): string[] {
  return [...source.text.matchAll(IMPORT)].flatMap(([, fromName, dynamicName, required]) => {
    const name = fromName ?? dynamicName ?? required;
    return name === undefined ? [] : [name];
  });
}

/** The path from the root that a relative import means; undefined for a package. */
export function resolveRelative(path: string, name: string): string | undefined {
  return name.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), name)) : undefined;
}
