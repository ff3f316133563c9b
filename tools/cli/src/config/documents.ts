import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from '../home.ts';

/** A YAML text that processes follow: the settings of a service, or the gateway's route table. */
export interface ConfigDocument {
  readonly name: string;
  /** Whose processes follow it. */
  readonly service: string;
  /** How `GET /configz` of those names it. */
  readonly followedAs: 'settings' | 'routes';
  /** What is in force where nobody has written any; empty for the defaults of the schema. */
  readonly packaged: string;
}

export const ROUTES = 'routes';

export function documentOf(name: string): ConfigDocument {
  if (name !== ROUTES) return { name, service: name, followedAs: 'settings', packaged: '' };
  const packaged = readFileSync(join(REPO_ROOT, 'config', 'routes.yaml'), 'utf8');
  return { name, service: 'gateway', followedAs: 'routes', packaged };
}
