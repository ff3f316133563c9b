import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../../../tools/cli/src/home.ts';
import { CASES, EXCUSED, nameOf } from './cases.ts';
import { declaredPoints } from './points.ts';

const DECLARED = declaredPoints();
const PAGE = readFileSync(join(REPO_ROOT, 'docs/failpoints.md'), 'utf8');
const doubles = (names: string[]): string[] => names.filter((name, index) => names.indexOf(name) !== index);

describe('failpoints', () => {
  it('are at least thirty, each declared once', () => {
    expect(DECLARED.length).toBeGreaterThanOrEqual(30);
    expect(doubles(DECLARED.map(({ name }) => name))).toEqual([]);
  });

  it('are named after a component and what has just been done, or comes next', () => {
    expect(DECLARED.map(({ name }) => name).filter((name) => !/^[a-z-]+\.[a-z]+(-[a-z]+)*$/.test(name))).toEqual([]);
  });

  it('are all crashed in the matrix, or excused with a reason', () => {
    const covered = new Set([...CASES.map(({ point }) => point), ...Object.keys(EXCUSED)]);
    expect(DECLARED.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([]);
    const declared = new Set(DECLARED.map(({ name }) => name));
    expect([...covered].filter((name) => !declared.has(name))).toEqual([]);
    expect(doubles(CASES.map(nameOf))).toEqual([]);
  });

  it('are documented as they are declared (docs/failpoints.md), and nothing else is', () => {
    const rows = DECLARED.map(({ name, description }) => `| \`${name}\` | ${processesOf(name)} | ${description} |`);
    const written = PAGE.split('\n').filter((line) => line.startsWith('| `'));
    expect(written.map((line) => line.replace(/ +/g, ' '))).toEqual(rows);
  });
});

function processesOf(point: string): string {
  const processes = CASES.filter((one) => one.point === point).map(({ process }) => process);
  return processes.length > 0 ? processes.join(', ') : '–';
}
