import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from './errors.ts';
import { soukHome } from './home.ts';
import { requireGoodBase } from './port-base.ts';
import { defaultOffset, portsFor } from './ports.ts';
import type { Ports } from './ports.ts';
import { writeFileAtomically } from './system/files.ts';

/** One shop on this machine: its folders and its ports. */
export interface Instance {
  readonly name: string;
  readonly home: string;
  readonly dir: string;
  readonly dataDir: string;
  readonly logsDir: string;
  readonly secretsDir: string;
  readonly ports: Ports;
}

const NAME = /^[a-z][a-z0-9-]{0,19}$/;

/** Opens an instance by name; without a port base it keeps the one it was last started with. */
export function openInstance(name: string, portBase?: number): Instance {
  if (!NAME.test(name)) {
    throw new CliError(
      `'${name}' is not an instance name`,
      'it names folders and a socket',
      'use 1 to 20 of a-z, 0-9 and -, beginning with a letter',
    );
  }
  const home = soukHome();
  const dir = join(home, 'instances', name);
  const remembered = rememberedOffset(dir);
  if (portBase !== undefined && portBase !== remembered) requireGoodBase(name, portBase);
  return {
    name,
    home,
    dir,
    dataDir: join(dir, 'data'),
    logsDir: join(dir, 'logs'),
    secretsDir: join(dir, 'secrets'),
    ports: portsFor(portBase ?? remembered ?? defaultOffset(name)),
  };
}

/** Creates the folders and remembers the port offset for later commands. */
export function createInstance(instance: Instance): void {
  for (const dir of [instance.dir, instance.dataDir, instance.logsDir])
    mkdirSync(dir, { recursive: true, mode: 0o755 });
  mkdirSync(instance.secretsDir, { recursive: true, mode: 0o700 });
  writeFileAtomically(settingsFile(instance.dir), JSON.stringify({ portBase: instance.ports.offset }));
}

export function instanceExists(instance: Instance): boolean {
  return existsSync(settingsFile(instance.dir));
}

/** Names of all instances that were ever started here and not purged. */
export function instanceNames(): string[] {
  const dir = join(soukHome(), 'instances');
  return existsSync(dir) ? readdirSync(dir).filter((name) => existsSync(settingsFile(join(dir, name)))) : [];
}

function settingsFile(dir: string): string {
  return join(dir, 'instance.json');
}

function rememberedOffset(dir: string): number | undefined {
  if (!existsSync(settingsFile(dir))) return undefined;
  const settings: unknown = JSON.parse(readFileSync(settingsFile(dir), 'utf8'));
  const known = typeof settings === 'object' && settings !== null && 'portBase' in settings;
  return known && typeof settings.portBase === 'number' ? settings.portBase : undefined;
}
