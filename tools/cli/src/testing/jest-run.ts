import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPO_ROOT } from '../home.ts';
import { openHandlesIn } from './open-handles.ts';
import type { JestReport } from './tiers.ts';

const JEST = join(REPO_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');

const LOOK_EVERY_MS = 500;
/** Jest itself complains after one second. */
const LEAVES_WITHIN_MS = 15_000;
/** Node writes down what is open on a signal; a process that is too busy for it is ended without. */
const ANSWERS_WITHIN_MS = 3_000;
const HANDLES_FILE = 'open-handles.json';

/** Runs a program of ours with its output passed on; resolves to its exit code (1 for a signal). */
export function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  started: (child: ChildProcess) => void = () => undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: REPO_ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'] as const,
    };
    const child = spawn(process.execPath, args, { ...options, stdio: [...options.stdio] });
    started(child);
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Other ones than Jest's own, for tests. */
export interface JestOptions {
  readonly program?: string;
  readonly leavesWithinMs?: number;
}

/**
 * Runs Jest with progress on the terminal; the report is undefined when it died before writing one. A run that has reported and does
 * not end is ended, with a word about what is still open, and has failed: what a test leaves open, the code that it tests leaves open.
 */
export async function runJest(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { program = JEST, leavesWithinMs = LEAVES_WITHIN_MS }: JestOptions = {},
): Promise<{ exitCode: number; report: JestReport | undefined }> {
  const folder = mkdtempSync(join(tmpdir(), 'souk-test-'));
  const outputFile = join(folder, 'report.json');
  const handlesFile = join(folder, HANDLES_FILE);
  const onSignal = ['--report-on-signal', '--report-exclude-network', '--report-exclude-env'];
  const where = [`--report-directory=${folder}`, `--report-filename=${HANDLES_FILE}`];
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...onSignal, ...where];
  const seeOut = (child: ChildProcess): void =>
    onceReported(child, { outputFile, leavesWithinMs }, () => endLeaking(child, handlesFile));
  try {
    const exitCode = await runNode([...node, program, ...args, '--json', `--outputFile=${outputFile}`], env, seeOut);
    return { exitCode, report: readJson<JestReport>(outputFile) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Calls `end` when the process is still there so long after its report. */
function onceReported(
  child: ChildProcess,
  { outputFile, leavesWithinMs }: { readonly outputFile: string; readonly leavesWithinMs: number },
  end: () => Promise<void>,
): void {
  let reportedAt: number | undefined;
  const look = setInterval(() => {
    if (reportedAt === undefined) reportedAt = existsSync(outputFile) ? performance.now() : undefined;
    else if (performance.now() - reportedAt > leavesWithinMs) {
      clearInterval(look);
      void end();
    }
  }, LOOK_EVERY_MS);
  child.on('exit', () => clearInterval(look));
}

async function endLeaking(child: ChildProcess, handlesFile: string): Promise<void> {
  child.kill('SIGUSR2');
  const until = performance.now() + ANSWERS_WITHIN_MS;
  while (readJson(handlesFile) === undefined && performance.now() < until) await sleep(100);
  const open = openHandlesIn(readJson(handlesFile)).join(', ') || 'something that Node does not name';
  console.error(
    `Jest has reported but does not end, so this run has failed. A test, or what it tests, leaves open: ${open}`,
  );
  child.kill('SIGKILL');
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}
