import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { soukHome } from '../../../tools/cli/src/home.ts';
import { withLock } from '../../../tools/cli/src/system/lock.ts';

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly timeoutMs: number;
}

/** Runs a program to its end; what it is lacking is in the error of `spawn`. */
export function outcomeOf({ command, args, env = {}, cwd, stdin = '', timeoutMs }: Command): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, cwd, timeout: timeoutMs });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}

export interface FetchedTool {
  readonly name: string;
  /** The file that pins it and all that it needs. */
  readonly pinnedBy: string;
  /** Puts it into the folder. */
  readonly fetch: (dir: string) => Command;
  /** What must be there for that. */
  readonly needs: string;
}

/** The folder of a tool that only this suite needs: fetched once per version, kept beside the embedded servers. @throws Error that says what is missing */
export async function fetched({ name, pinnedBy, fetch, needs }: FetchedTool): Promise<string> {
  const home = join(soukHome(), 'toolchain');
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const version = createHash('sha256').update(readFileSync(pinnedBy)).digest('hex').slice(0, 12);
  const dir = join(home, `${name}-${version}`);
  await withLock(join(home, `${name}.lock`), async () => {
    if (existsSync(dir)) return;
    const partial = `${dir}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    const missing = `${name} cannot be fetched: ${needs}`;
    const { code, stdout, stderr } = await outcomeOf(fetch(partial)).catch((error: unknown) => {
      throw new Error(missing, { cause: error });
    });
    if (code !== 0) throw new Error(`${missing}\n${(stdout + stderr).slice(-1_500)}`);
    renameSync(partial, dir);
  });
  return dir;
}
