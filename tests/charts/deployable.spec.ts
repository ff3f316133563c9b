import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { broken } from './broken.ts';
import { parseManifests, podsOf, type PolicySpec } from './manifests.ts';
import { credentialsStayWithTheAmbassador, sidecarsAreInOrder, sidecarsOf } from './sidecars.ts';

const golden = (name: string): string => readFileSync(join(import.meta.dirname, 'golden', `${name}.yaml`), 'utf8');

describe('one deployable with everything on', () => {
  const full = parseManifests(golden('service-full'));
  const kinds = full.map(({ kind, metadata }) => `${kind}/${metadata.name}`);

  it('has an autoscaler in place of a number of replicas', () => {
    expect(kinds).toContain('HorizontalPodAutoscaler/service');
    expect(full.find(({ kind }) => kind === 'Deployment')?.spec).not.toHaveProperty('replicas');
  });

  it('AMB-10: shows the credentials of the ambassador to nobody else', () => {
    expect(credentialsStayWithTheAmbassador(full)).toEqual([]);
    const moved = broken(full, '"name":"keys","mountPath"', '"name":"ambassador-provider-tls","mountPath"');
    expect(credentialsStayWithTheAmbassador(moved)).toHaveLength(1);
    const poured = broken(full, '"envFrom":[', '"envFrom":[{"secretRef":{"name":"provider-tls"}},');
    expect(credentialsStayWithTheAmbassador(poured)).toHaveLength(1);
  });

  it('starts the ambassador between the collector and the service', () => {
    expect(sidecarsAreInOrder(full)).toEqual([]);
    const swapped = broken(full, /"name":"(collector|ambassador)","image"/, '"name":"service","image"');
    const renamed = broken(swapped, '"name":"ambassador","image"', '"name":"collector","image"');
    expect(sidecarsAreInOrder(renamed)).toHaveLength(1);
  });

  it('CFG-1: has live settings, read by no checksum', () => {
    const pod = full.find(({ kind }) => kind === 'Deployment')?.spec?.template as { metadata: { annotations: object } };
    expect(Object.keys(pod.metadata.annotations).filter((name) => name.startsWith('checksum/'))).toEqual([
      'checksum/config',
      'checksum/collector',
    ]);
    expect(kinds).toEqual(expect.arrayContaining(['ConfigMap/service-live', 'ConfigMap/service-ambassador']));
  });

  it('shows its metrics, and those of its sidecars, to another namespace that is named', () => {
    const policy = full.find(({ kind }) => kind === 'NetworkPolicy')?.spec as unknown as PolicySpec;
    const scraping = policy.ingress?.filter(({ from }) => JSON.stringify(from).includes('"monitoring"')) ?? [];
    expect(scraping.map(({ ports }) => ports)).toEqual([[{ port: 'management' }, { port: 9191 }, { port: 8888 }]]);
  });

  it('has a small ambassador, whose own settings win', () => {
    const [pod] = podsOf(full);
    const env = pod && sidecarsOf(pod).find(({ name }) => name === 'ambassador')?.env;
    expect(env?.filter(({ name }) => name === 'NODE_OPTIONS')).toEqual([
      { name: 'NODE_OPTIONS', value: '--max-old-space-size=48' },
    ]);
    expect(env?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['MALLOC_ARENA_MAX', 'MALLOC_TRIM_THRESHOLD_']),
    );
  });

  it('LDR-11: gives a token to the container that elects, and to no other, for Leases and nothing else', () => {
    const [pod] = podsOf(full);
    const mounts = JSON.stringify(pod?.spec.containers);
    expect(mounts).toContain('/var/run/secrets/kubernetes.io/serviceaccount');
    expect(JSON.stringify(pod && sidecarsOf(pod))).not.toContain('serviceaccount');
    const role = full.find(({ kind }) => kind === 'Role') as unknown as {
      rules: { resources: string[]; verbs: string[] }[];
    };
    expect(role.rules.map(({ resources, verbs }) => [resources, verbs])).toEqual([
      [['leases'], ['get', 'update']],
      [['leases'], ['create']],
    ]);
    const policy = full.find(({ kind }) => kind === 'NetworkPolicy')?.spec as unknown as PolicySpec;
    expect(JSON.stringify(policy.egress)).toContain('10.40.0.1/32');
  });

  it('is routed to by a Gateway', () => expect(kinds).toContain('HTTPRoute/service'));
});
