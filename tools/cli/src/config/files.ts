import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CliError, reasonOf } from '../errors.ts';
import { REPO_ROOT } from '../home.ts';
import type { Instance } from '../instance.ts';

const TRACKED = join(REPO_ROOT, 'config');
/** What no service follows by itself: a table of its own, and what is measured and proven. */
const NO_SETTINGS = ['routes', 'issuers', 'slo', 'patterns'];

/** The services that follow settings: those with a tracked file of them. */
export function configurable(): string[] {
  return readdirSync(TRACKED)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'))
    .filter((name) => !NO_SETTINGS.includes(name))
    .sort();
}

/** The file of an instance that a service follows. */
export function settingsFile(instance: Pick<Instance, 'dir'>, name: string): string {
  return join(instance.dir, 'config', `${name}.yaml`);
}

/** The processes of a service with a file of their own. */
export function instancesIn(instance: Pick<Instance, 'dir'>, service: string): string[] {
  const [start, end] = [`${service}.`, '.yaml'];
  const folder = join(instance.dir, 'config');
  return (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => file.startsWith(start) && file.endsWith(end) && file.length > start.length + end.length - 1)
    .map((file) => file.slice(start.length, -end.length))
    .sort();
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

/** `process`: the name under which it looks for a text of its own; several may follow the settings of one service. */
export function settingsEnv(
  instance: Pick<Instance, 'dir'>,
  service: string,
  process = service,
): Record<string, string> {
  // The route table is packaged: the file is there when somebody has changed it.
  const routes: Record<string, string> = service === 'gateway' ? { ROUTES_FILE: settingsFile(instance, 'routes') } : {};
  if (!configurable().includes(service)) return {};
  return { LIVE_SETTINGS_FILE: settingsFile(instance, service), LIVE_SETTINGS_INSTANCE: process, ...routes };
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
