import { appendFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { runPatiently } from './patient-run.ts';
import type { JestReport } from './tiers.ts';

const ARGS = ['--selectProjects=int', '--maxWorkers=2'];
const FIRST = [...ARGS, '--testFailureExitCode=3'];

/** Files by name with the results of their tests. */
function outcome(files: Record<string, readonly ('passed' | 'failed')[]>): { exitCode: number; report: JestReport } {
  const count = (status: string) =>
    Object.values(files)
      .flat()
      .filter((one) => one === status).length;
  const testResults = Object.entries(files).map(([name, tests]) => ({
    name,
    status: tests.includes('failed') ? 'failed' : 'passed',
    assertionResults: tests.map((status) => ({ status })),
  }));
  const report = { numPassedTests: count('passed'), numFailedTests: count('failed'), numRuntimeErrorTestSuites: 0 };
  return { exitCode: report.numFailedTests > 0 ? 3 : 0, report: { ...report, testResults } };
}

/** @param disturbed what the environment of the tests would name in the first run */
async function patient(disturbed: readonly string[], ...outcomes: ReturnType<typeof outcome>[]) {
  const asked: string[][] = [];
  const said = jest.spyOn(console, 'log').mockReturnValue(undefined);
  const run = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    asked.push([...args]);
    const list = env['SOUK_TEST_DISTURBED'];
    if (list !== undefined) appendFileSync(list, disturbed.map((file) => `${file}\n`).join(''));
    const next = outcomes.shift();
    if (next === undefined) throw new Error('one run too many');
    return next;
  };
  const { exitCode, report } = await runPatiently(run, ARGS, {});
  const told = said.mock.calls.flat().join();
  said.mockRestore();
  return { exitCode, passed: report?.numPassedTests, failed: report?.numFailedTests, asked, told };
}

describe('a tier', () => {
  it('of which nothing failed runs once', async () => {
    const { asked, exitCode, told } = await patient([], outcome({ '/a': ['passed'] }));
    expect([asked, exitCode, told]).toEqual([[FIRST], 0, '']);
  });

  it('runs the files alone again that failed on a machine that stood still, says so, and counts what they come to then', async () => {
    const first = outcome({ '/a': ['passed', 'passed'], '/b': ['passed', 'failed'], '/c.ts': ['failed'] });
    const second = outcome({ '/b': ['passed', 'passed'], '/c.ts': ['passed'] });
    const { asked, told, ...counts } = await patient(['/b', '/c.ts'], first, second);
    expect(counts).toEqual({ exitCode: 0, passed: 5, failed: 0 });
    expect(asked[1]).toEqual(['/b', '/c\\.ts', '--selectProjects=int', '--runInBand']);
    expect(told).toMatch(/alone once more.*stood still.*\/b.*\/c/s);
  });

  it('has failed where they fail again', async () => {
    const first = outcome({ '/a': ['passed'], '/b': ['passed', 'failed'] });
    const { exitCode, passed, failed } = await patient(['/b'], first, outcome({ '/b': ['passed', 'failed'] }));
    expect([exitCode, passed, failed]).toEqual([3, 2, 1]);
  });

  it('has failed at once where a file failed on a calm machine', async () => {
    const first = outcome({ '/a': ['failed'], '/b': ['failed'] });
    expect(await patient(['/b'], first)).toMatchObject({ exitCode: 3, failed: 2, asked: [FIRST] });
  });

  it('has failed at once where it is too many files for an accident', async () => {
    const files = Array.from({ length: 7 }, (_, index) => `/${index}`);
    const first = outcome(Object.fromEntries(files.map((file) => [file, ['failed']])));
    expect(await patient(files, first)).toMatchObject({ failed: 7, asked: [FIRST] });
  });

  it('has failed at once where Jest had to be ended, whatever failed besides', async () => {
    const ended = { ...outcome({ '/b': ['failed'] }), exitCode: 1 };
    expect(await patient(['/b'], ended)).toMatchObject({ exitCode: 1, failed: 1, asked: [FIRST] });
  });

  it('has failed where Jest died, whatever was named before', async () => {
    const died = { exitCode: 1, report: undefined as unknown as JestReport };
    expect(await patient(['/b'], died)).toMatchObject({ exitCode: 1, passed: undefined, asked: [FIRST] });
  });
});
