import { Command, InvalidArgumentError } from 'commander';

/** Options that every command on an instance has. */
export interface InstanceOptions {
  readonly instance: string;
  readonly json: boolean;
}

export function instanceCommand(): Command {
  return new Command()
    .option('-i, --instance <name>', 'which shop of this machine', process.env.SOUK_INSTANCE ?? 'default')
    .option('--json', 'last line of the output is one JSON object', false);
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is needed');
  return value;
}
