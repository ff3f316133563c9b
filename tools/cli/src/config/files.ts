import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { REPO_ROOT } from '../home.ts';
import type { Instance } from '../instance.ts';

const TRACKED = join(REPO_ROOT, 'config');

/** The services that follow settings: those with a tracked file of them. */
export function configurable(): string[] {
  return readdirSync(TRACKED)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'))
    .sort();
}

/** The file of an instance that a service follows. */
export function settingsFile(instance: Pick<Instance, 'dir'>, service: string): string {
  return join(instance.dir, 'config', `${service}.yaml`);
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
  return configurable().includes(service) ? { LIVE_SETTINGS_FILE: settingsFile(instance, service) } : {};
}
