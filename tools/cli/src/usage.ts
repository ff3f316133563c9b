import type { CommanderError } from 'commander';
import type { RenderedError } from './errors.ts';

/** Exit code of a command line that could not be understood; a command that ran and failed exits with 1. */
export const USAGE_EXIT_CODE = 2;

const WHY: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'souk has no such command',
  'commander.unknownOption': 'the command has no such option',
  'commander.missingArgument': 'the command cannot do without it',
  'commander.optionMissingArgument': 'the option needs a value',
  'commander.invalidArgument': 'the value is not one that it takes',
  'commander.conflictingOption': 'the two say different things',
  'commander.excessArguments': 'the command takes fewer arguments',
  'commander.help': 'no command was given',
};

/** True for a refused command line, false for help and version, which end the program as well. */
export function isUsageError({ exitCode }: CommanderError): boolean {
  return exitCode !== 0;
}

/** A refused command line as what / why / fix; `command` is the one that was called, if it exists. */
export function describeUsage({ code, message }: CommanderError, command: string | undefined): RenderedError {
  const [what = '', ...hints] = message.replace(/^error: /, '').split('\n');
  const help = command === undefined ? './souk --help lists the commands' : `./souk ${command} --help`;
  const hint = hints.map((line) => line.trim().replace(/^\(|\)$/g, '')).filter((line) => line !== '');
  return {
    what: code === 'commander.help' ? 'a command is needed' : what,
    why: WHY[code] ?? 'the command line was not understood',
    fix: [...hint, help].join(' '),
  };
}

/** `exec` hands its arguments on, so a --json there belongs to another program. */
export function wantsJson(args: readonly string[]): boolean {
  return args[0] !== 'exec' && args.includes('--json');
}
