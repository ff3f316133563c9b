import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closureOf } from './closure.ts';

/** As much of CycloneDX 1.5 as `npm sbom` writes and this file changes. */
export interface Sbom {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component?: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly scope?: string;
}

/**
 * Of a bill of materials of the whole workspace, what one deployable has in its image: the packages `refs` (name@version), of
 * which `main` is the deployable. Without serial number and time, and in order, so that the same content is the same file.
 * @throws Error that names a package which is packed and not on the bill
 */
export function sbomOf(whole: Sbom, main: string, refs: ReadonlySet<string>): Sbom {
  const { serialNumber: _serialNumber, metadata, components, dependencies, ...rest } = whole;
  const { timestamp: _timestamp, ...about } = metadata;
  const listed = new Map(components.map((one) => [one['bom-ref'], one]));
  const missing = [...refs].filter((ref) => !listed.has(ref));
  if (missing.length > 0) throw new Error(`npm sbom does not know ${missing.join(', ')}`);
  const component = (ref: string): Component => ({ ...listed.get(ref), 'bom-ref': ref, scope: 'required' });
  const packed = [...refs].sort();
  return {
    ...rest,
    metadata: { ...about, component: component(main) },
    components: packed.filter((ref) => ref !== main).map(component),
    dependencies: dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)).sort() }))
      .sort((a, b) => (a.ref < b.ref ? -1 : 1)),
  };
}

/** What a deployable has packed, as name@version, its own first. */
export function refsOf(root: string, service: string): { main: string; refs: Set<string> } {
  const refOf = (folder: string): string => {
    const manifest: { name: string; version: string } = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8'),
    );
    return `${manifest.name}@${manifest.version}`;
  };
  const { workspaces, packages } = closureOf(root, service);
  return { main: refOf(service), refs: new Set([...workspaces, ...packages].map(refOf)) };
}

if (import.meta.main) {
  const [service, whole, target] = process.argv.slice(2);
  if (service === undefined || whole === undefined || target === undefined)
    throw new Error('usage: sbom.ts <service> <output of npm sbom> <file>');
  const { main, refs } = refsOf(realpathSync(join(import.meta.dirname, '../../..')), service);
  const bill = sbomOf(JSON.parse(readFileSync(whole, 'utf8')) as Sbom, main, refs);
  writeFileSync(target, `${JSON.stringify(bill, null, 1)}\n`);
}
