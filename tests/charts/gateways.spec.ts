import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { broken } from './broken.ts';
import { addressesAreCallable, allowedCalls, callsArrive } from './graph.ts';
import { containersOf, type Manifest, parseManifests, podsOf } from './manifests.ts';
import type { Rule } from './rules.ts';

const golden = (name: string): Manifest[] =>
  parseManifests(readFileSync(join(import.meta.dirname, 'golden', `${name}.yaml`), 'utf8'));
const apart = golden('souk-aggregation');
const infra = golden('infra');

const named = (manifests: readonly Manifest[], kind: string, name: string) =>
  manifests.find((one) => one.kind === kind && one.metadata.name === name);

/** Two at least, of which a drained node takes one, a rolling release none, and which are on different nodes where there are several. */
const survives =
  (name: string): Rule =>
  (manifests) => {
    const deployment = named(manifests, 'Deployment', name)?.spec;
    const least = named(manifests, 'HorizontalPodAutoscaler', name)?.spec?.minReplicas ?? deployment?.replicas;
    const budget = named(manifests, 'PodDisruptionBudget', name)?.spec?.maxUnavailable;
    const { rollingUpdate } = (deployment?.strategy ?? {}) as { rollingUpdate?: { maxUnavailable?: unknown } };
    const spread = JSON.stringify(deployment?.template ?? {}).includes('"topologyKey":"kubernetes.io/hostname"');
    return [
      ...(Number(least) >= 2 ? [] : [`there may be ${String(least)} of ${name}`]),
      ...(typeof budget === 'number' && budget < Number(least) ? [] : [`a drain may take every ${name}`]),
      ...(rollingUpdate?.maxUnavailable === 0 ? [] : [`a release takes a ${name} before there is another`]),
      ...(spread ? [] : [`every ${name} may be on one node`]),
    ];
  };

describe('gateways that are more than one', () => {
  it.each([
    ['RTE-9 OFF-11', 'souk-ha', 'gateway'],
    ['RTE-9 OFF-11', 'souk-production', 'gateway'],
    ['AGG-10', 'souk-aggregation', 'gateway'],
    ['AGG-10', 'souk-aggregation', 'aggregation'],
  ])('%s in %s there are at least two of %s, through drains and releases', (_ids, profile, name) =>
    expect(survives(name)(golden(profile))).toEqual([]),
  );

  it.each<[string, RegExp | string, string]>([
    ['one of it', /("minReplicas":)2/, '$11'],
    ['a drain that takes both', /("kind":"PodDisruptionBudget".*?"maxUnavailable":)1/, '$12'],
    ['a release that takes one first', /("rollingUpdate":\{"maxSurge":1,"maxUnavailable":)0/, '$11'],
    ['both on one node', '"topologyKey":"kubernetes.io/hostname"', '"topologyKey":"x"'],
  ])('RTE-9 would be seen if there were not: %s', (_what, from, to) => {
    const only = apart.filter(({ metadata }) => metadata.name === 'aggregation');
    expect(survives('aggregation')(only)).toEqual([]);
    expect(survives('aggregation')(broken(only, from, to))).not.toEqual([]);
  });
});

describe('AGG-10 aggregation as a deployment of its own', () => {
  const pod = (name: string) => podsOf(apart).find(({ of }) => of === `Deployment/${name}`);

  it('is off unless it is asked for', () => {
    for (const profile of ['souk-local', 'souk-ha', 'souk-production'])
      expect(JSON.stringify(golden(profile))).not.toMatch(/aggregation/i);
  });

  it('is the image of the gateway, which leads to it', () => {
    const [gateway, aggregation] = ['gateway', 'aggregation'].map((name) =>
      pod(name)?.spec.containers.find((one) => one.name === name),
    );
    expect(aggregation?.image).toBe(gateway?.image);
    expect([gateway?.args, aggregation?.args]).toEqual([undefined, ['dist/aggregation/main.js']]);
    expect(named(apart, 'ConfigMap', 'gateway')?.data).toMatchObject({ AGGREGATION_URL: 'http://aggregation:8080' });
    expect(named(apart, 'ConfigMap', 'aggregation')?.data).not.toHaveProperty('AGGREGATION_URL');
  });

  it('is called by the gateway alone, and calls services', () => {
    const calls = allowedCalls([...infra, ...apart]).filter((call) => call.includes('aggregation'));
    // Services are asked there whether they are ready again.
    const others = calls.filter((call) => !/trace-store|(?<!gateway)\.management$/.test(call));
    expect(others).toEqual([
      'aggregation -> catalog.http',
      'aggregation -> gateway.management',
      'aggregation -> inventory.http',
      'aggregation -> kafka.client',
      'aggregation -> order-query.http',
      'aggregation -> order.http',
      'aggregation -> recommendation.http',
      'aggregation -> valkey.client',
      'gateway -> aggregation.http',
    ]);
    expect([...callsArrive([...infra, ...apart]), ...addressesAreCallable([...infra, ...apart])]).toEqual([]);
  });

  it('holds no key and no session, and follows the settings and routes of the gateway', () => {
    const aggregation = pod('aggregation');
    expect(aggregation?.spec.volumes?.flatMap(({ secret }) => secret?.secretName ?? [])).toEqual([]);
    const names = aggregation === undefined ? [] : containersOf(aggregation).flatMap(({ env }) => env ?? []);
    expect(names.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? [])).toEqual(['valkey']);
    expect(JSON.stringify(aggregation?.spec.volumes)).toContain('"gateway-live"');
    const live = apart.filter(
      ({ kind, metadata }) => kind === 'ConfigMap' && /^(aggregation|gateway)-live$/.test(metadata.name),
    );
    expect(live.map(({ metadata }) => metadata.name)).toEqual(['gateway-live']);
  });
});
