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
}

export const RENDERS: readonly Render[] = [
  { name: 'infra', release: 'infra', chart: 'charts/infra', values: [] },
  { name: 'souk-local', release: 'souk', chart: 'charts/souk', values: ['charts/souk/values-local.yaml'] },
  // Everything that is off by default, so that it is rendered somewhere.
  { name: 'service-full', release: 'demo', chart: 'charts/service', values: ['tests/charts/service-full.yaml'] },
];

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

export function lint(helm: Helm, { chart, values }: Render): string {
  return run(helm.path, ['lint', '--strict', join(ROOT, chart), ...valueFlags(values)]);
}

/** The manifests of a render as text, hooks and tests included, with everything generated at install replaced. */
export function render(helm: Helm, { release, chart, values }: Render, ...flags: readonly string[]): string {
  const args = ['template', release, join(ROOT, chart), '--namespace', 'souk', ...valueFlags(values), ...flags];
  return withoutGenerated(run(helm.path, args));
}

function valueFlags(values: readonly string[]): string[] {
  return values.flatMap((file) => ['--values', join(ROOT, file)]);
}

function run(path: string, args: readonly string[]): string {
  return execFileSync(path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
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
