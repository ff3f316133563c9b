import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anExpectation, aPattern, aVerdict } from './proof.mother.ts';
import { judge } from './proof.ts';
import { isGood, ProofFile, readRows, renderTable, rowOf } from './table.ts';

const failing = anExpectation({ figure: 1.04, unit: '/s', ok: false });
const proof = judge(aPattern(), aVerdict(), aVerdict('fail', { expectations: [failing] }));
const patterns = [aPattern(), aPattern({ name: 'retry', off: { variants: ['retry-naive'], on: ['gateway'] } })];

describe('the table of proofs', () => {
  it('has a row a pattern, those that were never proven too', () => {
    const lines = renderTable(patterns, [rowOf(proof)]).split('\n');
    expect(lines).toContain('1 of 2 patterns are proven.');
    expect(lines.filter((line) => line.startsWith('|'))).toEqual([
      '| pattern | switch | on: verdict (figure) | off: verdict (figure) | seed | date | commit |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      '| circuit-breaker | breaker-off on gateway | pass (0.2, wanted ≤ 0.5) | fail (1.04 /s) | 7 | 2026-03-04 | abc1234 |',
      '| retry | retry-naive on gateway | not run | not run | – | – | – |',
    ]);
  });

  it('is read as it was written, whatever stands in a cell', () => {
    const odd = { ...rowOf(proof), off: 'fail (a | b\nc)' };
    expect(readRows(renderTable(patterns, [odd]))).toEqual([{ ...odd, off: 'fail (a | b c)' }]);
  });

  it('has no rows in a text that is another', () => {
    expect(readRows('# Something\n\n| a | b |\n|---|---|\n| 1 | 2 |\n')).toEqual([]);
  });

  it.each([
    ['pass (1)', 'fail (2)', true],
    ['pass (1)', 'pass (2)', false],
    ['fail (1)', 'fail (2)', false],
    ['pass (1)', 'broken (–)', false],
    ['pass (1)', 'not run (–)', false],
    ['pass (1)', 'fail (I7 holds), elsewhere', false],
  ])('takes on %s, off %s for good: %p', (on, off, good) => {
    expect(isGood({ ...rowOf(proof), on, off })).toBe(good);
  });
});

describe('the file of proofs', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'proof-'));
    file = join(folder, 'PROOF.md');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('goes on where an earlier run stopped, on the same commit and with the same seed alone', () => {
    new ProofFile(file, patterns).write(proof);
    const again = new ProofFile(file, patterns);
    expect(patterns.map((one) => again.has(one, 'abc1234', 7))).toEqual([true, false]);
    expect(again.has(aPattern(), 'fff0000', 7)).toBe(false);
    expect(again.has(aPattern(), 'abc1234', 2)).toBe(false);
    expect(again.has(aPattern({ off: { variants: ['another'], on: ['gateway'] } }), 'abc1234', 7)).toBe(false);
  });

  it('does not count, and proves again, what failed by something else than what was to decide', () => {
    const elsewhere = anExpectation({ that: 'something else', ok: false });
    const off = aVerdict('fail', { expectations: [anExpectation(), elsewhere] });
    new ProofFile(file, patterns).write(judge(aPattern(), aVerdict(), off));
    expect(readFileSync(file, 'utf8')).toContain('| fail (0.2), elsewhere |');
    expect(readFileSync(file, 'utf8')).toContain('0 of 2 patterns are proven.');
    expect(new ProofFile(file, patterns).has(aPattern(), 'abc1234', 7)).toBe(false);
  });

  it('proves again what was changed since its commit: another change looks the same', () => {
    new ProofFile(file, patterns).write({ ...proof, commit: 'abc1234+' });
    expect(new ProofFile(file, patterns).has(aPattern(), 'abc1234+', 7)).toBe(false);
  });

  it('proves again what was not proven', () => {
    new ProofFile(file, patterns).write(judge(aPattern(), aVerdict(), aVerdict()));
    expect(readFileSync(file, 'utf8')).toContain('| pass (0.2, wanted ≤ 0.5) | pass (0.2) |');
    expect(new ProofFile(file, patterns).has(aPattern(), 'abc1234', 7)).toBe(false);
  });

  it('keeps the rows of others, and leaves nothing but itself', () => {
    const table = new ProofFile(file, patterns);
    table.write(proof);
    table.write({ ...proof, pattern: 'retry' });
    table.write({ ...proof, commit: 'fff0000' });
    expect(readRows(readFileSync(file, 'utf8')).map(({ pattern, commit }) => `${pattern} ${commit}`)).toEqual([
      'circuit-breaker fff0000',
      'retry abc1234',
    ]);
    expect(readdirSync(folder)).toEqual(['PROOF.md']);
  });

  it('does not take a file for empty that cannot be read', () => {
    writeFileSync(file, '');
    expect(() => new ProofFile(folder, patterns)).toThrow('EISDIR');
  });
});
