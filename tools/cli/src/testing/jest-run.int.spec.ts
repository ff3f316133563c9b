import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runJest } from './jest-run.ts';

const REPORT = { success: true, numPassedTests: 3, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
/** Does what Jest does at its end: writes the report where it is told to. */
const REPORTS = `
  const file = process.argv.find((arg) => arg.startsWith('--outputFile=')).slice('--outputFile='.length);
  require('node:fs').writeFileSync(file, JSON.stringify(${JSON.stringify(REPORT)}));
`;

describe('a run of Jest', () => {
  let folder: string;
  const said = jest.spyOn(console, 'error');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'jest-run-'));
    said.mockReset().mockReturnValue(undefined);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (script: string, leavesWithinMs?: number) => {
    const program = join(folder, 'program.cjs');
    writeFileSync(program, script);
    return runJest([], {}, { program, ...(leavesWithinMs !== undefined && { leavesWithinMs }) });
  };

  it('ends as Jest ends', async () => {
    expect(await run(REPORTS)).toEqual({ exitCode: 0, report: REPORT });
    expect(said).not.toHaveBeenCalled();
  });

  it('has failed when Jest has, whatever its report says', async () => {
    expect(await run(`${REPORTS} process.exitCode = 3;`)).toEqual({ exitCode: 3, report: REPORT });
  });

  it('has no report when Jest died before it wrote one', async () => {
    expect(await run('process.kill(process.pid, "SIGKILL")')).toEqual({ exitCode: 1, report: undefined });
  });

  it('that does not end is ended, has failed, and says what is open', async () => {
    const server = createServer((socket) => void socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    server.unref();
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const leaking = `${REPORTS} require('node:net').connect(${port}, '127.0.0.1');`;
    expect(await run(leaking, 500)).toEqual({ exitCode: 1, report: REPORT });
    expect(said).toHaveBeenCalledWith(expect.stringContaining(`leaves open: tcp to 127.0.0.1:${port}`));
    await new Promise((resolve) => server.close(resolve));
  });
});
