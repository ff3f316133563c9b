import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { addressesAreCallable, allowedCalls, callsArrive } from './graph.ts';
import { containersOf, parseManifests, podsOf, type Manifest, type PolicySpec } from './manifests.ts';
import {
  imagesAreVersioned,
  objectsAreLabelled,
  podsAreGuarded,
  podsAreRestricted,
  secretsAreReferences,
} from './rules.ts';

const read = (name: string): Manifest[] =>
  parseManifests(readFileSync(join(import.meta.dirname, 'golden', `${name}.yaml`), 'utf8'));
const infra = read('infra');
const ha = read('souk-ha');
const guarded = read('souk-guarded');
const shop = [...infra, ...guarded];
const named = (kind: string, name: string): Manifest | undefined =>
  guarded.find((one) => one.kind === kind && one.metadata.name === name);
/** Who is let in at the http port of the gateway. */
const callersOfGateway = (manifests: readonly Manifest[]): string[] =>
  allowedCalls([...infra, ...manifests]).filter((call) => call.endsWith('-> gateway.http'));
/** Whom somebody outside may reach. */
const openTo = (manifests: readonly Manifest[]): string[] =>
  manifests.flatMap(({ kind, metadata, spec }) => {
    const rules = kind === 'NetworkPolicy' ? ((spec as unknown as PolicySpec).ingress ?? []) : [];
    return rules.some(({ from }) => from === undefined || from.length === 0) ? [metadata.name] : [];
  });

describe('profiles gatekeeper and prober', () => {
  it('GK-1 nobody reaches the gateway but the gatekeeper, and nobody outside but through it', () => {
    expect(callersOfGateway(guarded)).toEqual(['gatekeeper -> gateway.http']);
    expect(openTo(guarded).sort()).toEqual(['gatekeeper', 'identity']);
    const [before, now] = [ha, guarded].map((shop) =>
      shop.filter(({ kind, spec }) => kind === 'Service' && JSON.stringify(spec?.ports).includes('30080')),
    );
    // The same object, so that the port changes hands in one step.
    expect([before, now].map((one) => one?.map(({ metadata }) => metadata.name))).toEqual([
      ['gateway-public'],
      ['gateway-public'],
    ]);
    expect(now?.[0]?.spec).toMatchObject({ type: 'NodePort', selector: { 'app.kubernetes.io/name': 'gatekeeper' } });
    expect([callersOfGateway(ha), openTo(ha).sort()]).toEqual([
      ['test-order -> gateway.http'],
      ['gateway', 'identity'],
    ]);
  });

  it('GK-2 the gatekeeper has one secret of its own, reaches the gateway alone, and can write nowhere', () => {
    const pods = podsOf(guarded).filter(({ of }) => of === 'Deployment/gatekeeper');
    const secrets = pods.flatMap(({ spec }) => spec.volumes ?? []).flatMap(({ secret }) => secret?.secretName ?? []);
    expect(secrets.sort()).toEqual(['gatekeeper-keys', 'health-keys']);
    const env = pods.flatMap(containersOf).flatMap((one) => one.env ?? []);
    expect(env.filter(({ valueFrom }) => valueFrom?.secretKeyRef)).toEqual([]);
    const calls = allowedCalls(shop).filter((call) => call.startsWith('gatekeeper ->'));
    expect(calls).toEqual(['gatekeeper -> gateway.http', 'gatekeeper -> trace-store.http']);
    const settings = Object.keys(named('ConfigMap', 'gatekeeper')?.data ?? {});
    expect(settings.filter((name) => /URL|BROKERS|FILE/.test(name)).sort()).toEqual([
      'GATEKEEPER_KEY_FILE',
      'GATEWAY_URL',
      'HEALTH_KEYS_FILE',
      'LIVE_SETTINGS_FILE',
      'PUBLIC_URL',
    ]);
  });

  it('GK-7 there are two of it at least, more under load, and never all away at once', () => {
    expect(named('HorizontalPodAutoscaler', 'gatekeeper')?.spec).toMatchObject({ minReplicas: 2, maxReplicas: 4 });
    expect(named('PodDisruptionBudget', 'gatekeeper')?.spec).toMatchObject({ maxUnavailable: 1 });
  });

  it('GK-10 the gateway takes the keys of its passes from it', () => {
    expect(named('ConfigMap', 'gateway')?.data?.GATEKEEPER_JWKS_URL).toBe('http://gatekeeper:9090/jwks.json');
    expect(allowedCalls(shop)).toContain('gateway -> gatekeeper.management');
  });

  it('HEM-9 the prober finds every instance of every service, those that are not ready too', () => {
    const prober = podsOf(guarded).find(({ of }) => of === 'CronJob/prober');
    const targets = prober?.spec.containers[0]?.env?.find(({ name }) => name === 'PROBE_TARGETS')?.value ?? '';
    const hosts = targets.split(',').map((one) => new URL(one.split('=')[1] ?? '').hostname);
    expect(hosts).toHaveLength(7);
    for (const host of hosts)
      expect(named('Service', host)?.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
  });

  it('HEM-10 a run of the prober ends, overlaps with no other, and does not hide that it failed', () => {
    expect(named('CronJob', 'prober')?.spec).toMatchObject({
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { backoffLimit: 0, activeDeadlineSeconds: 120 } },
    });
  });

  it('HEM-6 every process that is asked has the keys, and the prober has them by reference', () => {
    const holders = podsOf(guarded).filter(({ spec }) =>
      (spec.volumes ?? []).some(({ secret }) => secret?.secretName === 'health-keys'),
    );
    expect(holders.length).toBeGreaterThanOrEqual(8);
    expect(infra.some(({ kind, metadata }) => kind === 'Secret' && metadata.name === 'health-keys')).toBe(true);
  });

  it.each([
    ['restricted', podsAreRestricted],
    ['guarded', podsAreGuarded],
    ['labelled', objectsAreLabelled],
    ['of fixed versions', imagesAreVersioned],
    ['without secrets in settings', secretsAreReferences],
    ['able to call whom they call', callsArrive],
    ['told addresses that they may call', addressesAreCallable],
  ])('have pods that are %s, as all others', (_what, rule) => {
    expect(rule(shop)).toEqual([]);
  });
});
