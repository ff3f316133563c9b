import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const JEST = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
/** Only what the test does itself counts: it may run where the machine is taken away. */
const STOPS = { lateMs: 300, behind: 2, stolen: 2 };
const NEVER = { lateMs: 1e9, behind: 2, stolen: 2 };

describe('a test that fails', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'environment-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs one that fails so many times, the first of them while its process stands still; `runs` is how often it ran. */
  function run(
    failures: number,
    testEnvironmentOptions: object,
    { where = 'test', stops = failures }: { where?: 'test' | 'beforeAll'; stops?: number } = {},
  ) {
    const runs = join(folder, 'runs');
    writeFileSync(runs, '');
    const disturbed = join(folder, 'disturbed');
    writeFileSync(disturbed, '');
    writeFileSync(
      join(folder, 'fails.spec.js'),
      `const { appendFileSync, readFileSync } = require('node:fs');
      const { spawn } = require('node:child_process');
      let tidied = 0;
      afterEach(() => { if (++tidied > readFileSync(${JSON.stringify(runs)}, 'utf8').length) throw new Error('tidied up twice'); });
      if (${where === 'beforeAll'}) {
        test('anything', () => undefined);
        // As where something is closed that was never opened.
        afterAll(() => { if (readFileSync(${JSON.stringify(runs)}, 'utf8').length <= ${failures}) throw new Error('nothing to tidy up'); });
      }
      const place = ${where === 'test' ? "(work) => test('the shop is fast', work)" : 'beforeAll'};
      place(async () => {
        appendFileSync(${JSON.stringify(runs)}, '.');
        const ran = readFileSync(${JSON.stringify(runs)}, 'utf8').length;
        let last = Date.now();
        const went = () => { const was = last; last = Date.now(); return last - was; };
        if (ran <= ${stops}) spawn('sh', ['-c', 'kill -STOP $0; sleep 0.6; kill -CONT $0', String(process.pid)]);
        if (ran <= ${stops}) while (went() < 400) await new Promise((resolve) => setTimeout(resolve, 20));
        if (ran <= ${failures}) throw new Error('too slow');
      });`,
    );
    const config = {
      rootDir: folder,
      testEnvironment: join(import.meta.dirname, 'jest-environment.mjs'),
      testEnvironmentOptions,
      transform: {},
    };
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const env = { ...inherited, SOUK_TEST_DISTURBED: disturbed };
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--experimental-vm-modules', JEST, '--runInBand', '--config', JSON.stringify(config)],
      { cwd: folder, env, encoding: 'utf8', timeout: 25_000 },
    );
    return {
      code: status,
      runs: readFileSync(runs, 'utf8').length,
      said: `${stdout}\n${stderr}`,
      isListed: readFileSync(disturbed, 'utf8') === `${join(folder, 'fails.spec.js')}\n`,
    };
  }

  it('while the machine stood still is tried once more, which is said with what it failed with', () => {
    const { code, runs, said } = run(1, STOPS);
    expect([code, runs]).toEqual([0, 2]);
    expect(said).toMatch(/once more: "the shop is fast", because the machine stood still for \d+ ms/);
    expect(said).toContain('Error: too slow');
  });

  it('may need that twice', () => {
    expect(run(2, STOPS)).toMatchObject({ code: 0, runs: 3, isListed: true });
  });

  it('three times has failed, and its file is named for another run', () => {
    const { code, runs, said, isListed } = run(3, STOPS);
    expect([code, runs, isListed]).toEqual([1, 3, true]);
    expect(said).toContain('1 failed');
  });

  it('on a machine that goes on again has failed, and its file is named: the first try may have left something', () => {
    expect(run(2, STOPS, { stops: 1 })).toMatchObject({ code: 1, runs: 2, isListed: true });
  });

  it('before its file has begun: the file is named too', () => {
    expect(run(1, STOPS, { where: 'beforeAll' })).toMatchObject({ code: 1, runs: 1, isListed: true });
    expect(run(1, NEVER, { where: 'beforeAll' })).toMatchObject({ code: 1, runs: 1, isListed: false });
  });

  it('on a machine that went on has failed at once, with what it failed with', () => {
    const { code, runs, said, isListed } = run(1, NEVER);
    expect([code, runs, isListed]).toEqual([1, 1, false]);
    expect(said).not.toContain('once more');
    expect(said).toContain('too slow');
    expect(said).not.toContain('tidied up twice');
  });
});
