import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from '@souk/config';
import { REPO_ROOT } from '../home.ts';
import { configurable } from './files.ts';

/** A YAML text that processes follow: the settings of a service, of all of them, or the gateway's route table. */
export interface ConfigDocument {
  readonly name: string;
  /** Whose processes follow it. */
  readonly services: readonly string[];
  /** How `GET /configz` of those names it. */
  readonly followedAs: 'settings' | 'routes';
  /** What of it this is; a part of a ConfigMap. */
  readonly part: 'settings' | 'routes' | Shared | `settings.${string}`;
  readonly scope: Scope;
  /** What is in force where nobody has written any; empty for the defaults of the schema. */
  readonly packaged: string;
}

export const ROUTES = 'routes';
/** Deployables without settings of their own that go by those of another. */
const ALSO_READ_BY: Readonly<Record<string, readonly string[]>> = { gateway: ['aggregation', 'gatekeeper'] };
/** The scopes above the services: their texts are followed by all. */
export const SHARED = ['global', 'environment'] as const satisfies readonly Scope[];
export type Shared = (typeof SHARED)[number];

export const isShared = (name: string): name is Shared => SHARED.some((one) => one === name);

/** Whose processes use the settings of a service. */
export const readersOf = (service: string): readonly string[] => [service, ...(ALSO_READ_BY[service] ?? [])];

/** The own text of a service, as its processes follow it. */
export const isOfService = ({ scope, followedAs }: ConfigDocument): boolean =>
  scope === 'service' && followedAs === 'settings';

export function documentOf(name: string): ConfigDocument {
  const base = textOf(name);
  if (isShared(name)) return { ...base, services: configurable(), part: name, scope: name };
  if (name !== ROUTES) return base;
  const packaged = readFileSync(join(REPO_ROOT, 'config', 'routes.yaml'), 'utf8');
  return { ...base, services: ['gateway'], followedAs: 'routes', part: 'routes', packaged };
}

/** What one process of a service says otherwise, by the name under which it looks for that. */
export function documentOfInstance(service: string, instance: string): ConfigDocument {
  return { ...textOf(service), name: `${service}.${instance}`, part: `settings.${instance}`, scope: 'instance' };
}

const textOf = (service: string) =>
  ({
    name: service,
    services: [service],
    followedAs: 'settings',
    part: 'settings',
    scope: 'service',
    packaged: '',
  }) as const;
