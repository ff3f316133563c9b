import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../tools/cli/src/errors.ts';
import { lastLines } from '../tools/cli/src/system/files.ts';
import { type Core, pinned } from './gateway-tools.ts';
import { cpuMs } from './shop-processes.ts';

const READY_MS = 20_000;

export interface Program {
  readonly name: string;
  readonly core: Core;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** What a benchmark starts for itself, in a folder of its own; all of it goes with `close`. */
export class Processes {
  readonly dir: string;
  readonly #children = new Map<string, ChildProcess>();

  constructor(dir: string) {
    this.dir = dir;
  }

  /** Resolves when it answers at this address. @throws CliError with the end of its output when it does not */
  async start({ name, core, command, args, env, cwd }: Program, url: string): Promise<void> {
    if (await answers(url)) throw new CliError(`${name} cannot start`, `${url} answers already`, 'end what runs there');
    const log = openSync(join(this.dir, `${name}.log`), 'a');
    const [program, all] = pinned(core, command, args);
    const place = { ...(cwd !== undefined && { cwd }), env: { ...process.env, ...env } };
    const child = spawn(program, all, { ...place, stdio: ['ignore', log, log] });
    this.#children.set(name, child);
    for (const until = performance.now() + READY_MS; performance.now() < until; await sleep(50)) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      if (await answers(url)) return;
    }
    const tail = lastLines(join(this.dir, `${name}.log`), 5).join('\n       ');
    throw new CliError(`${name} does not answer at ${url}`, tail || 'it says nothing', 'free the port, npm run build');
  }

  /** So far, with all that it started. */
  cpuMs(name: string): number {
    return cpuMs([{ name, group: 'services', pid: this.#children.get(name)?.pid ?? 0 }]);
  }

  async close(): Promise<void> {
    const alive = [...this.#children.values()].filter((child) => child.exitCode === null && child.signalCode === null);
    await Promise.all(alive.map((child) => (child.kill('SIGTERM') ? once(child, 'exit') : undefined)));
    rmSync(this.dir, { recursive: true });
  }
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}
