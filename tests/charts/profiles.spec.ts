import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { evictionOrder } from './eviction.ts';
import { allowedCalls, externalCalls, peersAreNamed } from './graph.ts';
import { findHelms, render, renderNamed, ROOT } from './helm.ts';
import { containersOf, parseManifests, podsOf, type Manifest } from './manifests.ts';
import { budgetOf, fits } from './quota.ts';
import { imagesAreDigests, secretsAreReferences } from './rules.ts';
import { servicesAreTraced, sidecarsOf } from './sidecars.ts';

const read = (name: string): string => readFileSync(join(import.meta.dirname, 'golden', `${name}.yaml`), 'utf8');
const infra = parseManifests(read('infra'));
const infraHa = parseManifests(read('infra-ha'));
const local = parseManifests(read('souk-local'));
const ha = parseManifests(read('souk-ha'));
const production = parseManifests(read('souk-production'));
const [helm] = findHelms(process.env);
const named = (manifests: readonly Manifest[], kind: string) =>
  manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
const deployments = (manifests: readonly Manifest[]) => manifests.filter(({ kind }) => kind === 'Deployment');

describe('profile ha', () => {
  it('has two of everything at least, the identity simulator aside, whose sessions are in its memory', () => {
    const scaled = ha.filter(({ kind }) => kind === 'HorizontalPodAutoscaler');
    const least = new Map(scaled.map(({ metadata, spec }) => [metadata.name, Number(spec?.minReplicas)]));
    const few = deployments(ha).filter(
      ({ metadata, spec }) => (least.get(metadata.name) ?? Number(spec?.replicas)) < 2,
    );
    expect([deployments(ha).length, few.map(({ metadata }) => metadata.name)]).toEqual([8, ['identity']]);
  });

  it('gives way in this order, telemetry and jobs first, stores last, by all classes that k8s/ has', () => {
    const classes = parseManifests(readFileSync(join(ROOT, 'k8s/priority-classes.yaml'), 'utf8'));
    const used = new Set(podsOf([...infraHa, ...ha]).flatMap(({ spec }) => spec.priorityClassName ?? []));
    expect([...used].sort()).toEqual(named(classes, 'PriorityClass').sort());
    expect(evictionOrder([...infraHa, ...ha], classes)).toEqual([]);
    expect(evictionOrder([...infra, ...ha], classes)).toContain('StatefulSet/postgres gives way to Deployment/order');
  });

  it('fits into the quota of the namespace at its largest, while everything is upgraded', () => {
    const quota = parseManifests(readFileSync(join(ROOT, 'k8s/namespace.yaml'), 'utf8')).find(
      ({ kind }) => kind === 'ResourceQuota',
    );
    const { hard = {} } = (quota?.spec ?? {}) as { hard?: Record<string, string> };
    const needed = budgetOf([...infraHa, ...ha]);
    expect(fits(needed, hard)).toEqual([]);
    expect(fits(needed, { ...hard, pods: '10', 'limits.memory': '1Gi' })).toEqual(['limits.memory', 'pods']);
  });
});

describe('profile production', () => {
  it('takes images by digest only', () => {
    expect(imagesAreDigests(production)).toEqual([]);
    expect(imagesAreDigests(local)).not.toEqual([]);
  });

  it('has no simulator, no test, no port on the nodes', () => {
    const deployed = ['catalog', 'gateway', 'inventory', 'order', 'order-query', 'recommendation'];
    expect(named(production, 'Deployment').sort()).toEqual(deployed);
    expect(JSON.stringify(production)).not.toMatch(/IDENTITY_|identity:8080|NodePort|test-order|payment:8080/);
    expect(named(production, 'HTTPRoute')).toEqual(['gateway']);
  });

  it('runs everything in production mode, traced', () => {
    const modes = production.flatMap(({ data }) => data?.SOUK_MODE ?? []);
    expect([modes.length, ...new Set(modes)]).toEqual([6, 'production']);
    expect(servicesAreTraced(production)).toEqual([]);
  });

  it('needs the Secrets that charts/infra makes, and the certificate for the payment provider', () => {
    const certificate: Manifest = { kind: 'Secret', metadata: { name: 'payment-tls' } };
    expect(secretsAreReferences([...infra, ...production, certificate])).toEqual([]);
    expect(secretsAreReferences([...infra, ...production])).toEqual(['Deployment/order wants payment-tls']);
  });

  it('signs people in at a provider that is the same for browsers and pods', () => {
    const settings = production.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'gateway')?.data;
    expect(settings).toMatchObject({
      OIDC_ISSUER: 'https://login.example/realms/shop',
      PUBLIC_URL: 'https://shop.example',
    });
    expect(settings).not.toHaveProperty('OIDC_URL');
  });

  it('AMB-10: gives the certificate to the ambassador alone', () => {
    const order = podsOf(production).find(({ of }) => of === 'Deployment/order');
    const holders = (order === undefined ? [] : containersOf(order)).filter(({ volumeMounts }) =>
      volumeMounts?.some(({ mountPath }) => mountPath === '/etc/souk/payment-tls'),
    );
    expect(holders.map(({ name }) => name)).toEqual(['ambassador']);
  });

  it('names whoever may come in and wherever calls may go', () => {
    expect(peersAreNamed(production)).toEqual([]);
    expect(peersAreNamed(local)).toEqual(['gateway lets everybody in at http', 'identity lets everybody in at http']);
    const wide = JSON.parse(JSON.stringify(production).replace('192.0.2.0/24', '0.0.0.0/0')) as Manifest[];
    expect(peersAreNamed(wide)).toEqual(['order goes everywhere at 443']);
    const [order] = named(production, 'NetworkPolicy').filter((name) => name === 'order');
    const opened = production.map((one) =>
      one.kind === 'NetworkPolicy' && one.metadata.name === order
        ? { ...one, spec: { ...one.spec, egress: [{}], ingress: [{}] } }
        : one,
    );
    expect(peersAreNamed(opened)).toEqual([
      'order lets everybody in at every port',
      'order goes everywhere at every port',
    ]);
  });

  it('reaches the stores, the payment provider and the collector outside, and nothing else there', () => {
    expect(externalCalls(production)).toEqual([
      'catalog -> kafka:9092',
      'catalog -> mongodb:27017',
      'catalog -> observability:4318',
      'gateway -> 198.51.100.0/24:443',
      'gateway -> kafka:9092',
      'gateway -> observability:4318',
      'inventory -> kafka:9092',
      'inventory -> observability:4318',
      'inventory -> postgres:5432',
      'order -> 192.0.2.0/24:443',
      'order -> kafka:9092',
      'order -> observability:4318',
      'order -> postgres:5432',
      'order-query -> kafka:9092',
      'order-query -> mongodb:27017',
      'order-query -> observability:4318',
      'order-query -> postgres:5432',
      'recommendation -> kafka:9092',
      'recommendation -> mongodb:27017',
      'recommendation -> observability:4318',
      'setup -> kafka:9092',
      'setup -> postgres:5432',
    ]);
    expect(externalCalls([...infra, ...local])).toEqual([]);
  });

  it('reaches no store in its own namespace', () => {
    expect(
      allowedCalls([...infra, ...production]).filter((call) => /postgres|kafka|mongodb|trace-store/.test(call)),
    ).toEqual([]);
  });
});

interface Role {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly rules?: readonly { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
}

describe('roles', () => {
  const roles = parseAllDocuments(readFileSync(join(ROOT, 'k8s/rbac.yaml'), 'utf8')).map(
    (document) => document.toJS() as Role,
  );
  const rules = roles.flatMap((role) => role.rules ?? []);

  it('read no Secret', () => {
    const resources = rules.flatMap((rule) => rule.resources);
    expect([resources.includes('pods'), resources.includes('secrets'), resources.includes('*')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('say where they lead to Secrets after all: whoever changes what pods are made of can mount one', () => {
    const makers = ['pods', 'deployments', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs'];
    const leading = roles.filter((role) =>
      role.rules?.some(
        ({ resources, verbs }) =>
          resources.some((one) => makers.includes(one)) && verbs.some((one) => /create|patch|update/.test(one)),
      ),
    );
    expect(leading.map(({ metadata }) => metadata.name)).toEqual(['souk-operator']);
    for (const { metadata } of leading) expect(metadata.annotations?.['kubernetes.io/description']).toMatch(/Secret/);
  });

  it('let a viewer see all that runs', () => {
    const seen = roles
      .find(({ metadata }) => metadata.name === 'souk-viewer')
      ?.rules?.flatMap((rule) => rule.resources);
    const shops = ['infra', 'infra-shared', 'souk-guarded'].flatMap((name) => parseManifests(read(name)));
    const running = podsOf(shops).map(({ of }) => `${of.split('/')[0]?.toLowerCase()}s`);
    expect(running).toContain('cronjobs');
    expect(running.filter((one) => !seen?.includes(one))).toEqual([]);
  });

  it('let an operator write the settings that are read live, and no others', () => {
    const writable = rules.flatMap(({ resourceNames }) => resourceNames ?? []);
    const live = named(local, 'ConfigMap').filter((name) => /-(live|ambassador)$/.test(name));
    expect(writable.sort()).toEqual(live.sort());
  });
});

if (helm === undefined) {
  console.log('charts: profiles not rendered (no helm; set SOUK_HELM, or put helm on PATH)');
} else {
  describe('what production lacks is said', () => {
    const profile = renderNamed('souk-production');
    it.each([
      ['order.image.digest=', 'order.image.digest is empty: production wants every image by digest'],
      ['order.ambassador.image.digest=', 'order.ambassador.image.digest is empty'],
      ['setup.image.digest=', 'setup.image.digest is empty'],
      ['global.collector.image=docker.io/otel/opentelemetry-collector-contrib:0.150.0', 'global.collector.image is'],
      ['order.ambassador.upstreams.payment.url=http://pay.example', 'production wants https'],
      ['gateway.httpRoute.parentRefs=null', 'gateway.httpRoute.parentRefs is empty'],
      ['gateway.httpRoute.from=null', 'gateway.httpRoute.from is empty: production wants to know who may come in'],
      ['gateway.public.enabled=true', 'gateway.public.from is empty'],
      ['global.publicUrl=http://shop.example', 'global.publicUrl is "http://shop.example": production wants https'],
      ['global.identity.issuer=', 'global.identity.issuer is "": production wants https'],
      [
        `identity.enabled=true,identity.image.digest=sha256:${'0'.repeat(64)}`,
        'identity.enabled is true: the simulator vouches for anybody',
      ],
      ['gateway.externalCalls[1].port=8443', 'gateway.externalCalls has no way to https://login.example/realms/shop'],
      ['global.identity.issuer=https://login.example:9443', 'as [{cidr: 192.0.2.0/24, port: 9443}]'],
      [
        'order.ambassador.externalCalls=null',
        'order.ambassador.externalCalls is empty: production wants to know where',
      ],
    ])('with %s', (value, message) => expect(() => render(helm, profile, '--set', value)).toThrow(message));

    it('with the profile alone', () => {
      const alone = { ...profile, values: profile.values.slice(0, 2) };
      expect(() => render(helm, alone)).toThrow(/ambassador.upstreams.payment.url/s);
    });
  });

  it('a shared collector that could send nothing is refused', () => {
    const nowhere = ['--set', 'collector.kind=deployment,collector.call='];
    expect(() => render(helm, renderNamed('infra'), ...nowhere)).toThrow('collector.externalCalls are empty');
  });

  describe('tracing', () => {
    const withMode = (mode: string) =>
      parseManifests(render(helm, renderNamed('souk-local'), '--set', `global.collector.mode=${mode}`));

    it('goes to a collector on the node in mode daemonset', () => {
      const shop = [...withMode('daemonset'), ...parseManifests(read('infra-shared'))];
      const calls = allowedCalls(shop).filter((call) => /collector|trace-store/.test(call));
      expect(calls).toEqual(
        named(local, 'Deployment')
          .map((name) => `${name} -> collector.otlp`)
          .sort(),
      );
      expect(
        podsOf(shop)
          .flatMap(sidecarsOf)
          .map(({ name }) => name),
      ).toEqual(['ambassador']);
      expect(new Set(shop.flatMap(({ data }) => data?.OTEL_EXPORTER_OTLP_ENDPOINT ?? []))).toEqual(
        new Set(['http://collector:4318']),
      );
    });

    it('is not there at all in mode none', () => {
      expect(JSON.stringify(withMode('none'))).not.toMatch(/OTEL|collector|trace-store/);
    });
  });
}
