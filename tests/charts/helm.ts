import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** A helm binary and what it calls itself, for example v4.0.4. */
export interface Helm {
  readonly path: string;
  readonly version: string;
}

/** A render that is kept in git: chart, values and the file it is kept in. */
export interface Render {
  readonly name: string;
  readonly release: string;
  readonly chart: string;
  readonly values: readonly string[];
  /** Single values, `key=value`. */
  readonly set?: readonly string[];
}

const infra = (name: string, ...set: string[]): Render => ({ ...infraWith(name), set });
const infraWith = (name: string, ...values: string[]): Render => ({
  name,
  release: 'infra',
  chart: 'charts/infra',
  values,
});
const souk = (name: string, ...values: string[]): Render => ({ name, release: 'souk', chart: 'charts/souk', values });

export const RENDERS: readonly Render[] = [
  infra('infra'),
  infra('infra-jaeger', 'traceStore.kind=jaeger'),
  infra('infra-lgtm', 'traceStore.kind=lgtm'),
  infra('infra-shared', 'collector.kind=daemonset', 'valkey.enabled=true', 'traceStore.kind=none'),
  infraWith('infra-ha', 'charts/infra/values-ha.yaml'),
  infraWith('infra-outside', 'tests/charts/infra-outside.yaml'),
  souk('souk-local', 'charts/souk/values-local.yaml'),
  souk('souk-ha', 'charts/souk/values-ha.yaml'),
  souk('souk-aggregation', 'charts/souk/values-ha.yaml', 'charts/souk/values-aggregation.yaml'),
  souk('souk-critical', 'charts/souk/values-local.yaml', 'charts/souk/values-critical.yaml'),
  souk(
    'souk-guarded',
    'charts/souk/values-ha.yaml',
    'charts/souk/values-gatekeeper.yaml',
    'charts/souk/values-prober.yaml',
    'charts/souk/values-alerts.yaml',
  ),
  souk(
    'souk-production',
    'charts/souk/values-ha.yaml',
    'charts/souk/values-production.yaml',
    'tests/charts/production.yaml',
  ),
  // Everything that is off by default, so that it is rendered somewhere.
  { name: 'service-full', release: 'demo', chart: 'charts/service', values: ['tests/charts/service-full.yaml'] },
];

export function renderNamed(name: string): Render {
  const found = RENDERS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no render is called ${name}`);
  return found;
}

/** SOUK_HELM lists binaries as PATH lists folders; without it helm, helm3 and helm4 are looked for on PATH. */
export function findHelms(env: Readonly<Record<string, string | undefined>>): Helm[] {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = ['helm', 'helm3', 'helm4'].flatMap((name) => {
    const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
    return found === undefined ? [] : [found];
  });
  const paths = env.SOUK_HELM ? env.SOUK_HELM.split(delimiter).filter(Boolean) : onPath;
  return paths.map((path) => ({ path, version: run(path, ['version', '--template', '{{.Version}}']).trim() }));
}

export function lint(helm: Helm, { chart, values, set }: Render): string {
  return run(helm.path, ['lint', '--strict', join(ROOT, chart), ...valueFlags(values, set)]);
}

/** The manifests of a render as text, hooks and tests included, with everything generated at install replaced. */
export function render(helm: Helm, one: Render, ...flags: readonly string[]): string {
  return withoutGenerated(template(helm, one, 'souk', ...flags));
}

/** The manifests as they would be applied to a namespace. */
export function template(helm: Helm, one: Render, namespace: string, ...flags: readonly string[]): string {
  const { release, chart, values, set } = one;
  const where = ['--namespace', namespace];
  return run(helm.path, ['template', release, join(ROOT, chart), ...where, ...valueFlags(values, set), ...flags]);
}

function valueFlags(values: readonly string[], set: readonly string[] = []): string[] {
  return [...values.flatMap((file) => ['--values', join(ROOT, file)]), ...set.flatMap((value) => ['--set', value])];
}

function run(path: string, args: readonly string[]): string {
  return execFileSync(path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 32 * 2 ** 20 });
}

/** Passwords and keys are new in every render without a cluster; that a key is there is what can be compared. */
export function withoutGenerated(manifests: string): string {
  return manifests
    .split(/^---$/m)
    .map((text) => {
      const [head = '', data] = text.split(/^data:$/m);
      if (data === undefined || !/^kind: Secret$/m.test(head)) return text;
      return `${head}data:${data.replace(/^( {2}[\w.-]+): .+$/gm, '$1: GENERATED')}`;
    })
    .join('---');
}
