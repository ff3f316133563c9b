import { CliError } from '../../cli/src/errors.ts';

/** A variable that is a whole number from 1 on. @throws CliError for anything else: a limit that is none would check nothing */
export function wholeNumber(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  otherwise: number,
): number {
  const value = env[name] ?? '';
  if (value === '') return otherwise;
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new CliError(`${name} is ${value}`, 'a whole number is expected', `for example ${otherwise}`);
}

/** A variable that a command cannot do without. */
export function required(env: Readonly<Record<string, string | undefined>>, name: string, example: string): string {
  const value = env[name];
  if (value) return value;
  throw new CliError(`${name} is not set`, 'the charts set it for the pods of this image', `for example ${example}`);
}
