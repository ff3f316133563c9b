import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { serviceSettings } from '@souk/contracts';
import { ROOT } from './helm.ts';

interface Doc {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly { resources: string[]; resourceNames?: string[]; verbs: string[] }[];
  readonly spec?: {
    readonly template?: {
      readonly spec: {
        readonly automountServiceAccountToken?: boolean;
        readonly containers: readonly {
          env?: readonly { name: string; valueFrom?: object }[];
          volumeMounts?: readonly { name: string; mountPath: string; readOnly?: boolean }[];
        }[];
      };
    };
  };
}

const documents = (path: string): Doc[] =>
  parseAllDocuments(readFileSync(join(ROOT, path), 'utf8')).map((one) => one.toJS() as Doc);
const shop = documents('tests/charts/golden/souk-ha.yaml').filter((one) => one !== null);
const deployments = shop.filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name in serviceSettings);

describe('the settings of a cluster', () => {
  it.each(deployments.map((one) => [one.metadata.name, one] as const))(
    'CFG-9: %s reads them and cannot write them',
    (_name, one) => {
      const pod = one.spec?.template?.spec;
      const [container] = pod?.containers ?? [];
      expect(pod?.automountServiceAccountToken).toBe(false);
      expect(container?.volumeMounts?.find(({ name }) => name === 'live')).toEqual({
        name: 'live',
        mountPath: '/etc/souk/live',
        readOnly: true,
      });
    },
  );

  it.each(deployments.map((one) => [one.metadata.name, one] as const))(
    'CFG-13: a pod of %s looks for a text under its own name, so that a change can be tried on it',
    (_name, one) => {
      const [container] = one.spec?.template?.spec.containers ?? [];
      expect(container?.env).toContainEqual({
        name: 'LIVE_SETTINGS_INSTANCE',
        valueFrom: { fieldRef: { fieldPath: 'metadata.name' } },
      });
    },
  );

  it('CFG-7: who may write them may so in one namespace', () => {
    const rights = documents('k8s/rbac.yaml').filter(({ rules = [] }) =>
      rules.some(({ resources }) => resources.includes('configmaps')),
    );
    expect(rights.length).toBeGreaterThan(0);
    expect(new Set(rights.map(({ kind }) => kind))).toEqual(new Set(['Role']));
  });

  it('CFG-9: are of every service that has any', () => {
    expect(deployments.map(({ metadata }) => metadata.name).sort()).toEqual(Object.keys(serviceSettings).sort());
  });

  it('CFG-9: are written by operators, and nothing else of its kind is', () => {
    const roles = documents('k8s/rbac.yaml').filter(({ kind }) => kind === 'Role');
    const writers = roles
      .flatMap(({ rules = [] }) => rules)
      .filter(({ resources, verbs }) => {
        return resources.includes('configmaps') && verbs.some((verb) => !['get', 'list', 'watch'].includes(verb));
      });
    const expected = [...Object.keys(serviceSettings).map((name) => `${name}-live`), 'order-ambassador'];
    expect(writers.map(({ resourceNames }) => [...(resourceNames ?? [])].sort())).toEqual([expected.sort()]);
  });

  it('the route table of the image counts until there is another in the mounted folder', () => {
    const [environment] = shop.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'gateway');
    expect(environment?.data?.['ROUTES_FILE']).toBe('/etc/souk/live/routes.yaml');
    const [live] = shop.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'gateway-live');
    expect(Object.keys(live?.data ?? {})).toEqual(['settings.yaml']);
  });
});
