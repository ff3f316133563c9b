import { describe, expect, it } from '@jest/globals';
import { shown } from './argv.ts';
import { helmPath, isKnownHelm, uninstallCommand, upgradeCommand } from './helm.ts';
import { releases } from './up.ts';

const helm = { path: 'helm', version: 'v4.0.4' };
const ref = { context: 'kind-souk', namespace: 'shop' };

describe('helm, as command lines', () => {
  it('installs or upgrades and waits', () => {
    const upgrade = {
      release: 'souk',
      chart: 'charts/souk',
      values: ['a.yaml', 'b.yaml'],
      set: ['gateway.public.nodePort=30081'],
      setString: ['global.image.tag=0.1.0-12'],
      timeoutSeconds: 300,
    };
    expect(shown(upgradeCommand(helm, ref, upgrade))).toBe(
      'helm upgrade --install souk charts/souk --kube-context kind-souk --namespace shop --values a.yaml --values b.yaml --set gateway.public.nodePort=30081 --set-string global.image.tag=0.1.0-12 --wait --timeout 300s',
    );
  });

  it('uninstalls and waits', () => {
    expect(shown(uninstallCommand(helm, ref, 'infra'))).toBe(
      'helm uninstall infra --kube-context kind-souk --namespace shop --wait --timeout 180s',
    );
  });

  it('is the one that SOUK_HELM names', () =>
    expect(helmPath({ SOUK_HELM: '/opt/helm:/opt/helm3' })).toBe('/opt/helm'));

  it.each([
    ['v3.19.5', true],
    ['v4.0.4', true],
    ['v2.17.0', false],
    ['', false],
  ])('in version %j is known: %s', (version, known) => expect(isKnownHelm(version)).toBe(known));
});

describe('the releases of a shop', () => {
  const images = [
    { folder: 'tools/trace-store', release: 'infra', tagValues: ['global.image.tag'], tag: '1-a', ref: '' },
    { folder: 'gateway', release: 'souk', tagValues: ['gateway.image.tag'], tag: '1-b', ref: '' },
  ] as const;
  const options = {
    imageRegistry: 'r/souk',
    profile: 'local',
    values: ['mine.yaml'],
    infraValues: ['stores.yaml'],
  } as const;

  it('are the stores first, then the shop, each with the tags of its own images', () => {
    const [infra, souk] = releases(options, images);
    expect([infra?.release, souk?.release]).toEqual(['infra', 'souk']);
    expect(infra?.setString).toEqual(['global.image.registry=r/souk', 'global.image.tag=1-a']);
    expect(souk?.setString).toEqual(['global.image.registry=r/souk', 'gateway.image.tag=1-b']);
  });

  it('take the profile first, so that values of the user win', () => {
    const [infra, souk] = releases(options, images);
    expect(souk?.values.map((file) => file.split('/').at(-1))).toEqual(['values-local.yaml', 'mine.yaml']);
    expect(infra?.values.at(-1)).toBe('stores.yaml');
    expect(souk?.set).toEqual([]);
  });

  it('AGG-10 take the values that put aggregation apart before those of the user', () => {
    const souk = releases({ ...options, aggregation: true }, images)[1];
    const names = souk?.values.map((file) => file.split('/').at(-1));
    expect(names).toEqual(['values-local.yaml', 'values-aggregation.yaml', 'mine.yaml']);
  });

  it('GK-1 take the values that put the gatekeeper in front, those of aggregation beside them, before those of the user', () => {
    const valuesWith = (more: object) =>
      releases({ ...options, ...more }, images)[1]?.values.map((file) => file.split('/').at(-1));
    expect(valuesWith({ gatekeeper: true })).toEqual(['values-local.yaml', 'values-gatekeeper.yaml', 'mine.yaml']);
    expect(valuesWith({ gatekeeper: true, aggregation: true })).toEqual([
      'values-local.yaml',
      'values-aggregation.yaml',
      'values-gatekeeper.yaml',
      'mine.yaml',
    ]);
    expect(valuesWith({ gatekeeper: false })).toEqual(['values-local.yaml', 'mine.yaml']);
  });

  it('take a node port and the switch of tracing', () => {
    const souk = releases({ ...options, nodePort: 30081, tracing: false }, images)[1];
    expect(souk?.set).toEqual([
      'gateway.public.nodePort=30081',
      'gatekeeper.public.nodePort=30081',
      'identity.public.nodePort=30112',
      'global.collector.mode=none',
    ]);
  });
});
