import { describe, expect, it } from '@jest/globals';
import { availableMiB, clockIsPlausible, javaMajor, nodeIsNewEnough, openFilesLimit } from './judge.ts';

describe('doctor', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_402"', 8],
    ['openjdk version "26-ea" 2026-03-17', 26],
    ['bash: java: command not found', undefined],
  ])('reads the Java version from %j', (text, major) => {
    expect(javaMajor(text)).toBe(major);
  });

  it.each([
    ['v24.9.0', true],
    ['v26.0.1', true],
    ['v24.8.9', false],
    ['v20.20.2', false],
  ])('judges Node %s as %s', (version, ok) => {
    expect(nodeIsNewEnough(version)).toBe(ok);
  });

  it('takes the smaller of free memory and what the control group leaves', () => {
    const meminfo = 'MemTotal: 8000000 kB\nMemAvailable:    4194304 kB\n';
    expect(availableMiB(meminfo)).toBe(4096);
    expect(availableMiB(meminfo, { max: 'max\n', current: '5\n' })).toBe(4096);
    expect(availableMiB(meminfo, { max: String(2 * 1024 ** 3), current: String(1024 ** 3) })).toBe(1024);
  });

  it('reads the limit of open files', () => {
    expect(openFilesLimit('Max open files            1024                 4096                 files')).toBe(1024);
    expect(openFilesLimit('Max open files            unlimited            unlimited            files')).toBe(Infinity);
  });

  it('finds a clock behind the checkout implausible', () => {
    const checkout = new Date('2026-11-20T12:00:00Z');
    expect(clockIsPlausible(new Date('2026-11-20T12:00:01Z'), checkout)).toBe(true);
    expect(clockIsPlausible(new Date('2020-01-01T00:00:00Z'), checkout)).toBe(false);
  });
});
