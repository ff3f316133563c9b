import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { REPO_ROOT } from '../home.ts';
import { kubectl, kubectlJson } from './kubectl.ts';
import type { ClusterRef } from './kubectl.ts';
import { MADE_BY_US } from './namespace.ts';
import type { List, Meta } from './objects.ts';

interface Manifest {
  readonly metadata: Meta;
}

/** k8s/priority-classes.yaml, marked as made by `./souk up`: `down` deletes no others. */
export function priorityClassManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const manifest = document.toJS() as Manifest;
    const annotations = { ...manifest.metadata.annotations, [MADE_BY_US]: 'souk-cli' };
    return { ...manifest, metadata: { ...manifest.metadata, annotations } };
  });
}

/** Those that `kubectl get … --output name` did not name: `priorityclass.scheduling.k8s.io/souk-infra`, one a line. */
export function missingClasses(wanted: readonly Manifest[], answered: string): Manifest[] {
  const there = new Set(answered.split('\n').map((line) => line.trim().split('/').at(-1)));
  return wanted.filter(({ metadata }) => !there.has(metadata.name));
}

/** Makes those that are missing; a class that an administrator made is used as it is, since its value cannot change. */
export async function ensurePriorityClasses(ref: ClusterRef): Promise<void> {
  const wanted = priorityClassManifests(readFileSync(join(REPO_ROOT, 'k8s/priority-classes.yaml'), 'utf8'));
  // By name: a class of an administrator has whatever labels it has.
  const names = wanted.map(({ metadata }) => metadata.name);
  const args = ['get', 'priorityclasses', ...names, '--ignore-not-found', '--output', 'name'];
  const missing = missingClasses(wanted, await kubectl(ref, args, CLUSTER_WIDE));
  if (missing.length === 0) return;
  const input = missing.map((one) => stringify(one)).join('---\n');
  await kubectl(ref, ['create', '--filename', '-'], { input, namespaced: false });
}

/** Deletes those that `up` made, unless another shop of this cluster may use them; answers their names. */
export async function removePriorityClasses(ref: ClusterRef): Promise<string[]> {
  const shops = await kubectlJson<List<Manifest>>(ref, ['get', 'namespaces', '--selector', OURS], CLUSTER_WIDE);
  if (shops.items.some(({ metadata }) => metadata.name !== ref.namespace)) return [];
  const ours = (await priorityClasses(ref)).filter(({ metadata }) => metadata.annotations?.[MADE_BY_US]);
  const names = ours.map(({ metadata }) => `priorityclass/${metadata.name}`);
  if (names.length > 0) await kubectl(ref, ['delete', '--ignore-not-found', ...names], CLUSTER_WIDE);
  return names;
}

const OURS = 'app.kubernetes.io/part-of=souk';
const CLUSTER_WIDE = { namespaced: false };

async function priorityClasses(ref: ClusterRef): Promise<readonly Manifest[]> {
  return (await kubectlJson<List<Manifest>>(ref, ['get', 'priorityclasses', '--selector', OURS], CLUSTER_WIDE)).items;
}
