import { execFile } from 'node:child_process';
import { delimiter } from 'node:path';
import { CliError } from '../errors.ts';
import { lookUp } from '../infra/toolchain.ts';
import type { Argv } from './argv.ts';
import type { ClusterRef } from './kubectl.ts';

export interface Helm {
  readonly path: string;
  /** v3.19.5, v4.0.4 */
  readonly version: string;
}

export interface Upgrade {
  readonly release: string;
  readonly chart: string;
  readonly values: readonly string[];
  /** `name=value`, with YAML's types. */
  readonly set: readonly string[];
  /** `name=value`, always text. */
  readonly setString: readonly string[];
  readonly timeoutSeconds: number;
}

/** A row of `helm list`. */
export interface Release {
  readonly name: string;
  readonly revision: string;
  readonly status: string;
  readonly chart: string;
  readonly updated: string;
}

export const HELM_URL = 'https://helm.sh/docs/intro/install';

/** The first of SOUK_HELM, else helm, helm4 or helm3 on PATH. */
export function helmPath(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  return env.SOUK_HELM?.split(delimiter)[0] || ['helm', 'helm4', 'helm3'].map(lookUp).find((path) => path);
}

/** Major 3 or 4; others have other options and are refused. */
export function isKnownHelm(version: string): boolean {
  return /^v[34]\./.test(version);
}

export async function findHelm(): Promise<Helm> {
  const path = helmPath();
  if (!path) throw new CliError('helm was not found', 'it is not on PATH', `install Helm 3 or 4: ${HELM_URL}`);
  const version = await helmVersion(path);
  if (isKnownHelm(version)) return { path, version };
  throw new CliError(
    `${path} is Helm ${version}`,
    'the charts are for Helm 3 and 4',
    `install one of them: ${HELM_URL}`,
  );
}

export async function helmVersion(path: string): Promise<string> {
  return (await run({ command: path, args: ['version', '--template', '{{.Version}}'] })).trim();
}

function scoped({ context, namespace }: ClusterRef): string[] {
  return ['--kube-context', context, '--namespace', namespace];
}

/** Installs or upgrades and waits until everything is ready; the same values again change nothing. */
export function upgradeCommand(helm: Helm, ref: ClusterRef, upgrade: Upgrade): Argv {
  return {
    command: helm.path,
    args: [
      'upgrade',
      '--install',
      upgrade.release,
      upgrade.chart,
      ...scoped(ref),
      ...upgrade.values.flatMap((file) => ['--values', file]),
      ...upgrade.set.flatMap((one) => ['--set', one]),
      ...upgrade.setString.flatMap((one) => ['--set-string', one]),
      '--wait',
      '--timeout',
      `${upgrade.timeoutSeconds}s`,
    ],
  };
}

/** Removes a release with its volumes' claims and waits until its objects are gone. */
export function uninstallCommand(helm: Helm, ref: ClusterRef, release: string): Argv {
  return { command: helm.path, args: ['uninstall', release, ...scoped(ref), '--wait', '--timeout', '180s'] };
}

/** Every release of the namespace, also those that failed or never ended. */
export async function listReleases(helm: Helm, ref: ClusterRef): Promise<Release[]> {
  const filters = helm.version.startsWith('v3.') ? ['--all'] : []; // Helm 4 lists all of them anyway
  const output = await run({ command: helm.path, args: ['list', ...filters, ...scoped(ref), '--output', 'json'] });
  return JSON.parse(output) as Release[];
}

export function run({ command, args }: Argv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const why = stderr.trim().split('\n').slice(-3).join(' ') || error.message;
      reject(
        new CliError(`${command} ${args[0] ?? ''} failed`, why, `${[command, ...args].join(' ')} shows all of it`),
      );
    });
  });
}
