import { CliError } from '../errors.ts';
import { instanceExists } from '../instance.ts';
import type { InfraKind, Instance } from '../instance.ts';
import { soukCommand } from '../souk-command.ts';
import { composeTrouble } from './compose.ts';
import { embeddedNames } from './provider.ts';

/**
 * What runs the servers that no URL names. An instance keeps what it began with, because its data lies there; a new one takes Docker
 * Compose where an engine answers.
 * @throws CliError for a change of mind, and for Compose where it cannot be had
 */
export async function chooseInfra(
  instance: Instance,
  asked: InfraKind | undefined,
  trouble = composeTrouble,
): Promise<InfraKind> {
  const kept = instanceExists(instance) ? (instance.infra ?? 'embedded') : undefined;
  if (kept) {
    if (asked === undefined || asked === kept) return kept;
    throw new CliError(
      `the shop '${instance.name}' cannot change to --infra ${asked}`,
      `its data is in its ${kept === 'compose' ? 'containers' : 'embedded servers'}`,
      `${soukCommand(instance.name, 'down --purge')} deletes that; then run this again`,
    );
  }
  if (asked === 'embedded' || embeddedNames(process.env).length === 0) return 'embedded';
  const why = await trouble();
  if (why === undefined) return 'compose';
  if (asked === undefined) return 'embedded';
  throw new CliError(
    'Docker Compose cannot be used',
    why,
    'start the Docker engine, install its compose plugin, or use --infra embedded',
  );
}
