import { CliError } from '../errors.ts';
import { soukCommand } from '../souk-command.ts';

type Contracts = typeof import('@souk/contracts');

/** The contracts as built. Loaded when needed: before the first build they are not there, and help must work then, too. */
export async function loadContracts(
  instance: string,
  load: () => Promise<Contracts> = () => import('@souk/contracts'),
): Promise<Contracts> {
  return load().catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause;
    throw new CliError(
      'the shop is not built yet',
      '@souk/contracts has no build output',
      soukCommand(instance, 'up'),
      {
        cause,
      },
    );
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
