import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { requireFaketime } from './time-skew.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'souk-faketime-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('a clock that is to be wrong', () => {
  it('is refused where libfaketime is nowhere, with how to get it', () => {
    const refused = () => requireFaketime([join(folder, 'none'), folder]);
    expect(refused).toThrow(expect.objectContaining({ fix: expect.stringContaining('install libfaketime') }));
  });

  it('takes the library that follows threads, wherever it is', () => {
    writeFileSync(join(folder, 'libfaketimeMT.so.1'), '');
    expect(requireFaketime([join(folder, 'none'), folder])).toBe(join(folder, 'libfaketimeMT.so.1'));
  });
});
