import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lookUp } from '../infra/toolchain.ts';
import { runCommand } from '../system/run-command.ts';

/** The command that installs packages, for people to run themselves. */
export function installCommand(packages: readonly string[]): string {
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** True where we may install packages ourselves: as root on a Debian-like machine. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && lookUp('apt-get') !== undefined;
}

export async function install(packages: readonly string[], home: string): Promise<void> {
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const apt = (what: string, args: readonly string[]) =>
    runCommand({
      what,
      command: 'apt-get',
      args,
      cwd: '/',
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      logFile: join(home, 'apt.log'),
      fix: 'check the network and the package sources, or install by hand',
    });
  await apt('apt-get update', ['update', '-q']);
  await apt(`installing ${packages.join(', ')}`, ['install', '-q', '-y', '--no-install-recommends', ...packages]);
}
