import { CliError } from './errors.ts';
import { loadConfig } from './shop/contracts.ts';

type Config = Pick<typeof import('@souk/config'), 'VARIANTS' | 'isVariant'>;

/**
 * Refuses what every service would refuse when it starts. Call it before anything is stopped, and after the build that knows the names.
 * @throws CliError that names the variants which do not exist
 */
export async function requireVariants(
  given = process.env.SOUK_VARIANTS,
  load: () => Promise<Config> = loadConfig,
): Promise<void> {
  const names = (given ?? '').split(',').map((name) => name.trim());
  if (names.every((name) => name === '')) return;
  const { VARIANTS, isVariant } = await load();
  const unknown = names.filter((name) => name !== '' && !isVariant(name));
  if (unknown.length === 0) return;
  const near = Object.keys(VARIANTS).filter((one) => unknown.some((name) => one.slice(0, 4) === name.slice(0, 4)));
  throw new CliError(
    `there is no variant ${unknown.join(', ')}; no service was started or stopped`,
    'SOUK_VARIANTS names it, and every service would refuse to start',
    `correct or unset SOUK_VARIANTS; ${near.length > 0 ? 'like it are' : 'there are'} ${(near.length > 0 ? near : Object.keys(VARIANTS)).join(', ')}`,
  );
}
