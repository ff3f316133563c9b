import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readState, stateFile, stateIsReadable, writeState } from './state.ts';

describe('the state of a supervisor', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'souk-state-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('is empty where there is none', () => {
    expect(readState(dir, 'this boot')).toEqual({ bootId: 'this boot', processes: [] });
    expect(stateIsReadable(dir)).toBe(true);
  });

  it('is read as it was written', () => {
    const state = { bootId: 'this boot', processes: [] };
    writeState(dir, state);
    expect(readState(dir, 'this boot')).toEqual(state);
    expect(stateIsReadable(dir)).toBe(true);
  });

  it.each(['', '{"bootId": "thi', 'null', '{"processes": []}', '{"bootId": "this boot", "processes": [1]}'])(
    'that is %j is refused with the way out',
    (text) => {
      writeFileSync(stateFile(dir), text);
      expect(() => readState(dir, 'this boot')).toThrow(
        expect.objectContaining({
          message: `${stateFile(dir)} is not readable`,
          fix: `./souk down --purge --instance ${basename(dir)} starts afresh`,
        }),
      );
      expect(stateIsReadable(dir)).toBe(false);
    },
  );
});
