import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JestReport } from './tiers.ts';

/** With more of them it is no accident, and would take too long. */
const MOST_FILES = 6;
const TOGETHER = /^--(runInBand|maxWorkers=.*)$/;
/** What Jest ends with where tests failed, and nothing else went wrong: a run that had to be ended has 1. */
const TESTS_FAILED = 3;

interface Outcome {
  readonly exitCode: number;
  readonly report: JestReport | undefined;
}
type Run = (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<Outcome>;

/**
 * Runs Jest, and once more those files that failed after the machine had stood still under them (tests/machine): when everything else
 * has ended, one after the other, in a new process. What they come to then counts. Where another file failed nothing runs again.
 */
export async function runPatiently(
  run: Run,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'souk-disturbed-'));
  const list = join(folder, 'specs');
  writeFileSync(list, '');
  try {
    const told = [...args, `--testFailureExitCode=${TESTS_FAILED}`];
    const first = await run(told, { ...env, SOUK_TEST_DISTURBED: list });
    const files = filesToRunAgain(first.report, readFileSync(list, 'utf8').split('\n'));
    if (files.length === 0 || first.exitCode !== TESTS_FAILED) return first;
    console.log(`\nalone once more, because the machine stood still when they began to fail:\n  ${files.join('\n  ')}`);
    const alone = [...files.map(exactly), ...args.filter((arg) => !TOGETHER.test(arg)), '--runInBand'];
    const second = await run(alone, env);
    return { exitCode: second.exitCode, report: second.report && together(first.report, second.report, files) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Jest takes a path for a regular expression. */
const exactly = (path: string): string => path.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** All that failed, if all of them are among the disturbed ones. */
export function filesToRunAgain(report: JestReport | undefined, disturbed: readonly string[]): string[] {
  const failed = (report?.testResults ?? []).filter(({ status }) => status === 'failed').map(({ name }) => name);
  const known = new Set(disturbed);
  return failed.length <= MOST_FILES && failed.every((file) => known.has(file)) ? failed : [];
}

/** What the first run counted elsewhere, and the second one in these files. */
function together(first: JestReport | undefined, second: JestReport, files: readonly string[]): JestReport {
  const again = (first?.testResults ?? []).filter(({ name }) => files.includes(name));
  const passedThere = again
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed').length;
  return { ...second, numPassedTests: (first?.numPassedTests ?? 0) - passedThere + second.numPassedTests };
}
