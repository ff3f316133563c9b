import { CliError } from '../errors.ts';
import { soukCommand } from '../souk-command.ts';

type Contracts = typeof import('@souk/contracts');

/** The contracts as built. Loaded when needed: before the first build they are not there, and help must work then, too. */
export async function loadContracts(
  instance: string,
  load: () => Promise<Contracts> = () => import('@souk/contracts'),
): Promise<Contracts> {
  return load().catch((cause: unknown) => {
    throw isMissing(cause) ? notBuilt('@souk/contracts', instance, cause) : cause;
  });
}

/** What reads and checks settings, as the services do it. @throws CliError before the first build */
export const loadConfig = (instance = 'default'): Promise<typeof import('@souk/config')> =>
  import('@souk/config').catch((cause: unknown) => {
    throw isMissing(cause) ? notBuilt('@souk/config', instance, cause) : cause;
  });

const notBuilt = (what: string, instance: string, cause: unknown): CliError =>
  new CliError('the shop is not built yet', `${what} has no build output`, soukCommand(instance, 'up'), { cause });

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
