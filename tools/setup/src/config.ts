import { CliError } from '../../cli/src/errors.ts';

/** A variable that a command cannot do without. */
export function required(env: Readonly<Record<string, string | undefined>>, name: string, example: string): string {
  const value = env[name];
  if (value) return value;
  throw new CliError(`${name} is not set`, 'the charts set it for the pods of this image', `for example ${example}`);
}
