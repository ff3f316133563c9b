import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from './home.ts';
import type { Instance } from './instance.ts';
import { withLock } from './system/lock.ts';
import { runCommand } from './system/run-command.ts';

/** Compiles what changed. The lock is the checkout's: two instances share one build output. */
export async function build(instance: Pick<Instance, 'logsDir'>, projects: readonly string[] = []): Promise<void> {
  const shared = join(REPO_ROOT, '.souk');
  mkdirSync(shared, { recursive: true });
  await withLock(join(shared, 'build.lock'), () =>
    runCommand({
      what: 'the build',
      command: process.execPath,
      args: [join(REPO_ROOT, 'node_modules/typescript/bin/tsc'), '-b', ...projects],
      cwd: REPO_ROOT,
      logFile: join(instance.logsDir, 'build.log'),
      fix: 'correct the error above; npm run build shows all of them',
    }),
  );
}
