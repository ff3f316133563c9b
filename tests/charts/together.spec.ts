import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { budgetOf, fits } from './quota.ts';
import { addressesAreCallable, allowedCalls, callsArrive, externalCalls, peersAreNamed } from './graph.ts';
import { findHelms, render, renderNamed, ROOT, type Render } from './helm.ts';
import { parseManifests, podsOf, type Manifest } from './manifests.ts';
import { imagesAreDigests } from './rules.ts';

const CHART = 'charts/souk';
const valuesOf = (profile: string) => `${CHART}/values-${profile}.yaml`;
const golden = (name: string): Manifest[] =>
  parseManifests(readFileSync(join(import.meta.dirname, 'golden', `${name}.yaml`), 'utf8'));
const [helm] = findHelms(process.env);

/** Paths of what is not merged when a second file says it too. */
function lists(values: unknown, path = ''): string[] {
  if (Array.isArray(values)) return [path];
  if (values === null || typeof values !== 'object') return [];
  return Object.entries(values).flatMap(([key, inner]) => lists(inner, path === '' ? key : `${path}.${key}`));
}

/** Those that are given on top of others; of the rest one is chosen, or it stands on the one before. */
const optional = readdirSync(join(ROOT, CHART))
  .flatMap((file) => /^values-(\w+)\.yaml$/.exec(file)?.[1] ?? [])
  .filter((name) => !['local', 'ha', 'production'].includes(name));

describe('profiles on top of each other', () => {
  it('have no list, which would take away what another says there', () => {
    expect(optional).toEqual(expect.arrayContaining(['aggregation', 'critical', 'gatekeeper']));
    const found = optional.map((name) => lists(parse(readFileSync(join(ROOT, valuesOf(name)), 'utf8'))));
    expect(found.flat()).toEqual([]);
    expect(lists({ gateway: { moreCalls: ['x'] }, a: { b: 1 } })).toEqual(['gateway.moreCalls']);
  });
});

if (helm === undefined) {
  console.log('charts: profiles not rendered together (no helm; set SOUK_HELM, or put helm on PATH)');
} else {
  const ADDED = ['aggregation', 'critical', 'gatekeeper'];
  const onTop = (base: Render, profiles: readonly string[]): Render => ({
    ...base,
    values: [...base.values, ...profiles.map(valuesOf)],
  });
  const rendered = (one: Render, ...set: string[]) =>
    parseManifests(render(helm, one, ...set.flatMap((value) => ['--set', value])));
  const callsOf = (name: string, manifests: readonly Manifest[]) =>
    podsOf(manifests)
      .filter(({ of }) => of === `Deployment/${name}`)
      .flatMap(({ labels }) => Object.keys(labels))
      .filter((label) => label.startsWith('calls.souk.dev/'))
      .sort();
  const named = (manifests: readonly Manifest[], kind: string) =>
    manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);

  describe.each([[ADDED], [ADDED.toReversed()]])('on top of ha, as %j', (order) => {
    const infra = golden('infra-ha');
    const ha = rendered(onTop(renderNamed('souk-ha'), order));
    const shop = [...infra, ...ha];

    it('let the gateway call all that each of them adds, and nobody call it but the gatekeeper', () => {
      const alone = callsOf('gateway', golden('souk-ha'));
      const more = [
        'aggregation.http',
        'aggregation.management',
        'catalog-critical.http',
        'catalog-critical.management',
      ];
      const added = [...more, 'gatekeeper.management'].map((call) => `calls.souk.dev/${call}`);
      expect(callsOf('gateway', ha)).toEqual([...alone, ...added].sort());
      expect(allowedCalls(shop).filter((call) => call.endsWith('-> gateway.http'))).toEqual([
        'gatekeeper -> gateway.http',
      ]);
      expect([...callsArrive(shop), ...addressesAreCallable(shop)]).toEqual([]);
    });

    it('give way like the rest of the edge', () => {
      const pods = podsOf(ha).filter(({ of }) => of.startsWith('Deployment/'));
      const others = pods.filter(({ spec }) => spec.priorityClassName !== 'souk-edge').map(({ of }) => of);
      expect([pods.length, others]).toEqual([11, []]);
    });

    it('need more than the quota has, as docs/kubernetes.md says', () => {
      const quota = parseManifests(readFileSync(join(ROOT, 'k8s/namespace.yaml'), 'utf8')).find(
        ({ kind }) => kind === 'ResourceQuota',
      );
      const { hard = {} } = (quota?.spec ?? {}) as { hard?: Record<string, string> };
      const docs = readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8');
      const [, cpu = '0', memory = '0'] = /`requests\.cpu: '(\d+)'` and `limits\.memory: (\w+)`/.exec(docs) ?? [];
      const needed = budgetOf(shop);
      expect(fits(needed, hard)).toEqual(['limits.memory', 'requests.cpu']);
      expect(fits(needed, { ...hard, 'requests.cpu': cpu, 'limits.memory': memory })).toEqual([]);
    });
  });

  it('take a call away that is said to be false', () => {
    const base = onTop(renderNamed('souk-ha'), ADDED);
    const [all, left] = [[], ['gateway.moreCalls.aggregation=false']].map((set) =>
      callsOf('gateway', rendered(base, ...set)),
    );
    expect(all?.filter((call) => !left?.includes(call))).toEqual(['calls.souk.dev/aggregation.http']);
  });

  it.each(['souk-local', 'souk-ha'])('GK-1 on top of %s the gatekeeper has the port that the gateway had', (base) => {
    const door = (manifests: readonly Manifest[]) =>
      manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'gateway-public')?.spec;
    const guarded = door(rendered(onTop(renderNamed(base), ['gatekeeper'])));
    expect(guarded?.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http', nodePort: 30080 }]);
    expect(guarded?.ports).toEqual(door(golden(base))?.ports);
    expect(guarded?.selector).toMatchObject({ 'app.kubernetes.io/name': 'gatekeeper' });
  });

  describe('in production', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const door = [
      ...['aggregation', 'catalog-critical', 'gatekeeper'].map((name) => `${name}.image.digest=${digest}`),
      'gatekeeper.httpRoute.parentRefs[0].name=public',
      'gatekeeper.httpRoute.from[0].namespace=gateways',
    ];
    const whole = onTop(renderNamed('souk-production'), ADDED);
    const production = rendered(whole, ...door);

    it('the Gateway leads to the gatekeeper alone', () => {
      expect(named(production, 'HTTPRoute')).toEqual(['gatekeeper']);
      expect(JSON.stringify(production)).not.toMatch(/NodePort/);
      expect([...imagesAreDigests(production), ...peersAreNamed(production)]).toEqual([]);
      expect(() => render(helm, whole, '--set', door.slice(0, 4).join())).toThrow('gatekeeper.httpRoute.from is empty');
    });

    it('BLK-4 catalog-critical reaches what catalog reaches, and is as many', () => {
      const outside = (name: string) =>
        externalCalls(production).flatMap((call) =>
          call.startsWith(`${name} -> `) ? call.split(' -> ').slice(1) : [],
        );
      expect(outside('catalog')).toHaveLength(3);
      expect(outside('catalog-critical')).toEqual(outside('catalog'));
      expect(callsOf('catalog-critical', production)).toEqual(callsOf('catalog', production));
      const told = (name: string) =>
        production.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data;
      expect(told('catalog-critical')).toEqual(told('catalog'));
      const scaled = (name: string) =>
        production.find(({ kind, metadata }) => kind === 'HorizontalPodAutoscaler' && metadata.name === name)?.spec;
      expect(scaled('catalog-critical')).toMatchObject({ minReplicas: 2, maxReplicas: 4 });
    });
  });

  it.each(['gateway.public.enabled=true', 'gateway.httpRoute.enabled=true,gateway.httpRoute.parentRefs[0].name=x'])(
    'GK-1 the gatekeeper before a gateway with a door of its own (%s) is refused',
    (value) => {
      const guarded = onTop(renderNamed('souk-local'), ['gatekeeper']);
      expect(() => render(helm, guarded, '--set', value)).toThrow('the gateway takes nothing from outside');
    },
  );

  it('a prober before a gateway that ends TLS is refused, for it would call in plain text', () => {
    const both = onTop(renderNamed('souk-local'), ['tls', 'prober']);
    expect(() => rendered(both)).toThrow('the prober calls by the name of the Service, over plain HTTP');
  });

  describe('the notes after an install', () => {
    let folder: string;
    // Helm shows them after an install alone, so here they are an object of the chart.
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'souk-notes-'));
      for (const chart of ['souk', 'service'])
        cpSync(join(ROOT, 'charts', chart), join(folder, chart), { recursive: true, verbatimSymlinks: true });
      const notes = readFileSync(join(folder, 'souk/templates/NOTES.txt'), 'utf8');
      const template = `{{- define "notes" }}${notes}{{ end }}\nkind: Notes\nmetadata: { name: notes }\nspec: { text: {{ include "notes" . | quote }} }\n`;
      writeFileSync(join(folder, 'souk/templates/notes.yaml'), template);
    });
    afterAll(() => rmSync(folder, { recursive: true }));
    const notesOf = (profiles: readonly string[], ...set: string[]) => {
      const one = onTop(renderNamed('souk-local'), profiles);
      const inFolder = { ...one, chart: relative(ROOT, join(folder, 'souk')) };
      return String(rendered(inFolder, ...set).find(({ kind }) => kind === 'Notes')?.spec?.text);
    };
    const ways = (notes: string) => notes.match(/service[/ ]gate\S+(?: 8080:\d+)?/g);

    it.each([
      ['gateway', []],
      ['gatekeeper', ['gatekeeper']],
    ])('lead to the %s', (door, profiles) => {
      expect(ways(notesOf(profiles))).toEqual(['service gateway-public', `service/${door} 8080:8080`]);
      const forwarded = `service/${door} 8080:8080`;
      expect(ways(notesOf(profiles, `${door}.public.enabled=false`))).toEqual([forwarded, forwarded]);
    });
  });

  describe('the gatekeeper before a gateway that ends TLS', () => {
    const both = onTop(renderNamed('souk-ha'), ['tls', 'gatekeeper']);

    it('has to call it by https', () => {
      expect(() => render(helm, both)).toThrow(
        'gateway.config.TLS_CERT_FILE is set, and gatekeeper.config.GATEWAY_URL',
      );
      const settings = rendered(both, 'gatekeeper.config.GATEWAY_URL=https://gateway:8080').find(
        ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'gatekeeper',
      );
      expect(settings?.data).toMatchObject({ GATEWAY_URL: 'https://gateway:8080' });
      expect(rendered(onTop(renderNamed('souk-ha'), ['tls'])).length).toBeGreaterThan(0);
    });
  });
}
