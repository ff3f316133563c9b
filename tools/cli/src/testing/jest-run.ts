import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPO_ROOT } from '../home.ts';
import type { JestReport } from './tiers.ts';

const JEST = join(REPO_ROOT, 'node_modules', 'jest', 'bin', 'jest.js');

/** Runs a program of ours with its output passed on; resolves to its exit code (1 for a signal). */
export function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: REPO_ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'] as const,
    };
    const child = spawn(process.execPath, args, { ...options, stdio: [...options.stdio] });
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
    const exitCode = await runNode([...node, ...args, '--json', `--outputFile=${outputFile}`], env);
    return { exitCode, report: readReport(outputFile) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return undefined;
  }
}
