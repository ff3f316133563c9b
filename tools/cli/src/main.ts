import { Command, CommanderError } from 'commander';
import { describeError, errorLines } from './errors.ts';
import { describeUsage, isUsageError, USAGE_EXIT_CODE, wantsJson } from './usage.ts';

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ command: () => Command }>;
  readonly hidden?: true;
}

/** One line a command. Its module is loaded only when it is called, so that every other command starts fast. */
const COMMANDS: readonly CommandEntry[] = [
  { name: 'up', summary: 'start the shop, seed it and place one order', load: () => import('./commands/up.ts') },
  { name: 'down', summary: 'stop everything; --purge deletes the data too', load: () => import('./commands/down.ts') },
  { name: 'status', summary: 'processes, ports, health, memory, restarts', load: () => import('./commands/status.ts') },
  { name: 'logs', summary: 'show or follow logs', load: () => import('./commands/logs.ts') },
  {
    name: 'restart',
    summary: 'restart one process, infrastructure included',
    load: () => import('./commands/restart.ts'),
  },
  { name: 'order', summary: 'place one order and show its timeline', load: () => import('./commands/order.ts') },
  { name: 'trace', summary: 'show the trace of an order, hop by hop', load: () => import('./commands/trace.ts') },
  {
    name: 'config',
    summary: 'show and change settings of running services',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'rotate',
    summary: 'replace the signing key or a database password while the shop works',
    load: () => import('./commands/rotate.ts'),
  },
  { name: 'token', summary: 'print an access token for a user', load: () => import('./commands/token.ts') },
  { name: 'audit', summary: 'check that stock, payments and orders agree', load: () => import('./commands/audit.ts') },
  { name: 'test', summary: 'run the tests', load: () => import('./commands/test.ts') },
  { name: 'bench', summary: 'run a benchmark', load: () => import('./commands/bench.ts') },
  {
    name: 'doctor',
    summary: 'check this machine; --fix installs what is missing',
    load: () => import('./commands/doctor.ts'),
  },
  { name: 'env', summary: 'print the addresses of a running instance', load: () => import('./commands/env.ts') },
  {
    name: 'migrate',
    summary: 'run pending database migrations',
    load: () => import('./commands/migrate.ts'),
    hidden: true,
  },
  {
    name: 'exec',
    summary: 'run a command with the Node and the tools of this checkout',
    load: () => import('./commands/exec.ts'),
    hidden: true,
  },
];

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
