import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { CliError } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import { kubectl } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import type { Meta } from './objects.ts';

/** Marks a namespace that `./souk up` made, and `./souk down` may therefore delete. */
export const MADE_BY_US = 'souk.dev/made-by';
const PART_OF = 'app.kubernetes.io/part-of';

interface Manifest {
  readonly kind: string;
  readonly metadata: Meta;
}

export type Ownership = 'absent' | 'ours' | 'given' | 'foreign';

/** ours: `up` made it · given: somebody labelled it for the shop · foreign: it is nobody's business of ours. */
export function ownership(namespace: { readonly metadata: Meta } | undefined): Ownership {
  if (!namespace) return 'absent';
  if (namespace.metadata.annotations?.[MADE_BY_US]) return 'ours';
  return namespace.metadata.labels?.[PART_OF] === 'souk' ? 'given' : 'foreign';
}

/** k8s/namespace.yaml for a namespace of another name, marked as ours where we make it. */
export function namespaceManifests(text: string, name: string, madeByUs: boolean): string {
  const manifests = parseAllDocuments(text).map((document) => {
    const manifest = document.toJS() as Manifest;
    const { metadata } = manifest;
    if (manifest.kind !== 'Namespace')
      return { ...manifest, metadata: metadata.namespace ? { ...metadata, namespace: name } : metadata };
    const annotations = madeByUs ? { annotations: { ...metadata.annotations, [MADE_BY_US]: 'souk-cli' } } : {};
    return { ...manifest, metadata: { ...metadata, name, ...annotations } };
  });
  return manifests.map((manifest) => stringify(manifest)).join('---\n');
}

export async function namespaceOwnership(ref: ClusterRef): Promise<Ownership> {
  const args = ['get', 'namespace', ref.namespace, '--ignore-not-found', '--output', 'json'];
  const text = await kubectl(ref, args, { namespaced: false });
  return ownership(text.trim() === '' ? undefined : (JSON.parse(text) as { metadata: Meta }));
}

/** Makes the namespace with its Pod Security, default deny and quota, or brings one of ours up to date. */
export async function ensureNamespace(ref: ClusterRef): Promise<Ownership> {
  const owner = await namespaceOwnership(ref);
  if (owner === 'foreign') {
    throw new CliError(
      `namespace ${ref.namespace} is there, and not for Souk`,
      `it has no label ${PART_OF}=souk, so what it holds may be somebody else's`,
      `choose another one with --namespace, or: kubectl --context ${ref.context} label namespace ${ref.namespace} ${PART_OF}=souk`,
    );
  }
  const text = readFileSync(join(REPO_ROOT, 'k8s/namespace.yaml'), 'utf8');
  const input = namespaceManifests(text, ref.namespace, owner !== 'given');
  await kubectl(ref, ['apply', '--filename', '-'], { input, namespaced: false });
  return owner;
}
