import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CliError } from './errors.ts';
import { soukHome } from './home.ts';
import { requireGoodBase } from './port-base.ts';
import { defaultOffset, portsFor } from './ports.ts';
import type { Ports } from './ports.ts';
import { soukCommand } from './souk-command.ts';
import { writeFileAtomically } from './system/files.ts';
import { isTracingMode } from './tracing/mode.ts';
import type { TracingMode } from './tracing/mode.ts';

/** One shop on this machine: its folders and its ports. */
export interface Instance {
  readonly name: string;
  readonly home: string;
  readonly dir: string;
  readonly dataDir: string;
  readonly logsDir: string;
  readonly secretsDir: string;
  readonly ports: Ports;
  /** How the last `up` traces; `on` before the first one. */
  readonly tracing: TracingMode;
  /** Whether the last `up` has pages and batches put together by a process of their own. */
  readonly aggregation?: boolean;
  /** Whether the last `up` has a gatekeeper in a process of its own in front. */
  readonly gatekeeper?: boolean;
  /** What holds the data of the servers that no URL names; undefined while there is none. */
  readonly infra?: InfraKind;
}

export const INFRA_KINDS = ['embedded', 'compose'] as const;
export type InfraKind = (typeof INFRA_KINDS)[number];

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
  const settings = rememberedSettings(dir);
  const remembered = settings.portBase;
  if (portBase !== undefined && portBase !== remembered) requireGoodBase(name, portBase);
  return {
    name,
    home,
    dir,
    dataDir: join(dir, 'data'),
    logsDir: join(dir, 'logs'),
    secretsDir: join(dir, 'secrets'),
    ports: portsFor(portBase ?? remembered ?? defaultOffset(name)),
    tracing: settings.tracing ?? 'on',
    ...(settings.aggregation === true && { aggregation: true }),
    ...(settings.gatekeeper === true && { gatekeeper: true }),
    ...keptInfra(dir, settings),
  };
}

/** An instance that was made before there was a choice has embedded servers, and so has one whose first start broke off. */
function keptInfra(dir: string, { infra }: Settings): Pick<Instance, 'infra'> {
  if (infra) return { infra };
  const hasData = ['kafka', 'postgres', 'mongo'].some((name) => existsSync(join(dir, 'data', name)));
  return hasData ? { infra: 'embedded' } : {};
}

/** Creates the folders and remembers the port offset, the tracing mode and where the data is for later commands. */
export function createInstance(instance: Instance): void {
  for (const dir of [instance.dir, instance.dataDir, instance.logsDir])
    mkdirSync(dir, { recursive: true, mode: 0o755 });
  mkdirSync(instance.secretsDir, { recursive: true, mode: 0o700 });
  writeFileAtomically(
    settingsFile(instance.dir),
    JSON.stringify({
      portBase: instance.ports.offset,
      tracing: instance.tracing,
      aggregation: instance.aggregation,
      gatekeeper: instance.gatekeeper,
      infra: instance.infra,
    }),
  );
}

export function instanceExists(instance: Instance): boolean {
  return existsSync(settingsFile(instance.dir));
}

function settingsFile(dir: string): string {
  return join(dir, 'instance.json');
}

interface Settings {
  readonly portBase?: number;
  readonly tracing?: TracingMode;
  readonly aggregation?: boolean;
  readonly gatekeeper?: boolean;
  readonly infra?: InfraKind;
}

function rememberedSettings(dir: string): Settings {
  if (!existsSync(settingsFile(dir))) return {};
  const settings = parse(readFileSync(settingsFile(dir), 'utf8'), dir);
  if (typeof settings !== 'object' || settings === null) return {};
  return {
    ...('portBase' in settings && typeof settings.portBase === 'number' && { portBase: settings.portBase }),
    ...('tracing' in settings && isTracingMode(settings.tracing) && { tracing: settings.tracing }),
    ...('aggregation' in settings && settings.aggregation === true && { aggregation: true }),
    ...('gatekeeper' in settings && settings.gatekeeper === true && { gatekeeper: true }),
    ...('infra' in settings && isInfraKind(settings.infra) && { infra: settings.infra }),
  };
}

function parse(text: string, dir: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const up = soukCommand(basename(dir), 'up');
    throw new CliError(
      `${settingsFile(dir)} is not readable`,
      `it is not JSON: ${String(error)}`,
      `put it right, or delete it and run ${up}, with the --port-base that the shop had`,
      { cause: error },
    );
  }
}

const isInfraKind = (value: unknown): value is InfraKind => INFRA_KINDS.some((kind) => kind === value);
