import type { Place, SecretContent } from '../config/place.ts';
import { CliError } from '../errors.ts';

/** A Secret that a rotation may write. @throws CliError where somebody else writes it again and would undo the rotation */
export async function secretToChange(place: Place, name: string): Promise<SecretContent> {
  const content = await place.readSecret(name);
  if (content.holder === undefined) return content;
  throw new CliError(
    `Secret ${name} is written by ${content.holder}`,
    'it would put back the old value, which a rotation has closed by then; nothing was changed',
    'rotate at its source: docs/operations.md, "Secrets that an operator writes"',
  );
}
