import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CliError, reasonOf } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import type { Instance } from '../instance.ts';

const TRACKED = join(REPO_ROOT, 'config');

/** The services that follow settings: those with a tracked file of them. */
export function configurable(): string[] {
  return readdirSync(TRACKED)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'))
    .filter((name) => !['routes', 'issuers'].includes(name))
    .sort();
}

/** The file of an instance that a service follows. */
export function settingsFile(instance: Pick<Instance, 'dir'>, name: string): string {
  return join(instance.dir, 'config', `${name}.yaml`);
}

/** Beside the folder that is followed, so that a change of it wakes nobody. */
export function historyFile(instance: Pick<Instance, 'dir'>, name: string): string {
  const folder = join(instance.dir, 'config-history');
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.jsonl`);
}

/** Copies the tracked settings into the instance, those aside that it has already. */
export function ensureSettings(instance: Pick<Instance, 'dir'>): void {
  mkdirSync(join(instance.dir, 'config'), { recursive: true });
  for (const service of configurable()) {
    const file = settingsFile(instance, service);
    if (!existsSync(file)) copyFileSync(join(TRACKED, `${service}.yaml`), file);
  }
}

export function settingsEnv(instance: Pick<Instance, 'dir'>, service: string): Record<string, string> {
  // The route table is packaged: the file is there when somebody has changed it.
  const routes: Record<string, string> = service === 'gateway' ? { ROUTES_FILE: settingsFile(instance, 'routes') } : {};
  return configurable().includes(service) ? { LIVE_SETTINGS_FILE: settingsFile(instance, service), ...routes } : {};
}

/** The text of a file that the caller names, `-` for the standard input. @throws CliError when it cannot be read */
export function readGiven(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? reasonOf(error) : String(error);
    throw new CliError(
      `${file} cannot be read; nothing was written`,
      why,
      'name a YAML file, or - for the standard input',
    );
  }
}
