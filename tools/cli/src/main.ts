import { Command, CommanderError } from 'commander';
import { COMMANDS } from './command-list.ts';
import { describeError, errorLines } from './errors.ts';
import { describeUsage, isUsageError, USAGE_EXIT_CODE, wantsJson } from './usage.ts';

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('souk')
    .description('A small shop run like a large one.')
    .showHelpAfterError('(./souk --help lists the commands)')
    .enablePositionalOptions()
    .exitOverride();
  for (const { name, summary, load, hidden } of COMMANDS) {
    const called = args[0] === name || (args[0] === 'help' && args[1] === name);
    const command = called ? (await load()).command() : new Command(name);
    command.name(name).description(summary).exitOverride();
    program.addCommand(command.showHelpAfterError(`(./souk ${name} --help)`), { hidden: hidden ?? false });
  }
  await program.parseAsync(args, { from: 'user' });
}

/** Commander has told people already; programs get their last line of stdout. */
function refuse(error: CommanderError, args: readonly string[]): void {
  if (!isUsageError(error)) return;
  const known = COMMANDS.find(({ name }) => name === args[0])?.name;
  if (wantsJson(args)) console.log(JSON.stringify({ status: 'failed', error: describeUsage(error, known) }));
  process.exitCode = USAGE_EXIT_CODE;
}

process.umask(0o022); // user nobody must be able to read the toolchain, whatever the shell's umask is
const args = process.argv.slice(2);
main(args).catch((error: unknown) => {
  if (error instanceof CommanderError) return refuse(error, args);
  for (const line of errorLines(describeError(error))) console.error(line);
  if (process.env.SOUK_DEBUG) console.error(error);
  process.exitCode = 1;
});
