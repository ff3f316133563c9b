import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { CliError } from '../errors.ts';
import { lastLines } from './files.ts';

interface Run {
  readonly what: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly fix?: string;
}

/** Runs a command to its end with its output in a log file; a failure shows the end of that file. */
export async function runCommand({ what, command, args, cwd, logFile, env, fix }: Run): Promise<void> {
  const log = openSync(logFile, 'w', 0o640);
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
  closeSync(log);
  const outcome = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(code === 0 ? '' : signal ? `killed by ${signal}` : `exit code ${code}`));
  });
  if (outcome === '') return;
  const tail = meaningful(lastLines(logFile, 12)).map((line) => `\n       ${line.slice(0, 300)}`);
  throw new CliError(
    `${what} failed`,
    `${outcome}; end of the output:${tail.join('') || ' (none)'}`,
    fix ?? `the whole output is in ${logFile}`,
  );
}

function meaningful(lines: readonly string[]): string[] {
  return lines.map((line) => stripVTControlCharacters(line)).filter((line) => line.trim() !== '');
}
