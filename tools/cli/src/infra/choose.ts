import { CliError } from '../errors.ts';
import type { InfraKind, Instance } from '../instance.ts';
import { soukCommand } from '../souk-command.ts';
import { composeTrouble } from './compose.ts';
import { embeddedNames } from './provider.ts';

/**
 * What runs the servers that no URL names. An instance keeps what it began with, because its data lies there; a new one takes Docker
 * Compose where an engine answers.
 * @throws CliError for a change of mind, and for Compose where it cannot be had or would have nothing to run
 */
export async function chooseInfra(
  instance: Instance,
  asked: InfraKind | undefined,
  trouble = composeTrouble,
): Promise<InfraKind> {
  const hasOwnServers = embeddedNames(process.env).length > 0;
  if (asked === 'compose' && !hasOwnServers) throw nothingToRun();
  const { infra: kept } = instance;
  if (kept) {
    requireKept(instance, asked);
    return kept;
  }
  if (asked === 'embedded' || !hasOwnServers) return 'embedded';
  const why = await trouble();
  if (why === undefined) return 'compose';
  if (asked === undefined) return 'embedded';
  throw new CliError(
    'Docker Compose cannot be used',
    why,
    'start the Docker engine, install its compose plugin, or use --infra embedded',
  );
}

/** @throws CliError when the data of the instance is with other servers than those asked for */
export function requireKept({ name, infra: kept }: Instance, asked: InfraKind | undefined): void {
  if (kept === undefined || asked === undefined || asked === kept) return;
  throw new CliError(
    `the shop '${name}' cannot change to --infra ${asked}`,
    `its data is in its ${kept === 'compose' ? 'containers' : 'embedded servers'}`,
    `${soukCommand(name, 'down --purge')} deletes that; then run this again`,
  );
}

const nothingToRun = (): CliError =>
  new CliError(
    '--infra compose has no server to run',
    'KAFKA_URL, PG_URL and MONGO_URL name all three',
    'leave --infra away, or unset the variable of a server that Docker Compose is to run',
  );
