import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPO_ROOT } from '../home.ts';
import type { JestReport } from './tiers.ts';

const JEST = join(REPO_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');

const LOOK_EVERY_MS = 500;
/** Jest itself complains after one second. */
const LEAVES_WITHIN_MS = 15_000;

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

/** Runs Jest with progress on the terminal; the report is undefined when it died before writing one. */
export async function runJest(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ exitCode: number; report: JestReport | undefined }> {
  const folder = mkdtempSync(join(tmpdir(), 'souk-test-'));
  const outputFile = join(folder, 'report.json');
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', JEST];
  try {
    const seeOut = (child: ChildProcess): void => endOnceReported(child, outputFile);
    const exitCode = await runNode([...node, ...args, '--json', `--outputFile=${outputFile}`], env, seeOut);
    const report = readReport(outputFile);
    return { exitCode: report?.success === true ? 0 : exitCode, report };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A socket that a test forgot would keep Jest, and the run, for ever. */
function endOnceReported(child: ChildProcess, reportFile: string): void {
  let reportedAt: number | undefined;
  const look = setInterval(() => {
    if (reportedAt === undefined) reportedAt = existsSync(reportFile) ? performance.now() : undefined;
    else if (performance.now() - reportedAt > LEAVES_WITHIN_MS) {
      console.error('Jest has reported but does not end: something is still open; it is ended now');
      child.kill('SIGKILL');
    }
  }, LOOK_EVERY_MS);
  child.on('exit', () => clearInterval(look));
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return undefined;
  }
}
