import { describe, expect, it } from '@jest/globals';
import { sourceFiles } from './sources.ts';

/** What begins or ends the second phase, in PostgreSQL and in transactions of MongoDB. */
const TWO_PHASES =
  /\b(prepare\s+transaction|commit\s+prepared|rollback\s+prepared|startTransaction|withTransaction\(\s*session)\b/i;

describe('CMP-13: no transaction spans two stores', () => {
  const files = sourceFiles().filter(({ path }) => /^(services|libs|gateway|simulators|sidecars)\//.test(path));

  it('nor is one prepared anywhere', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter(({ text }) => TWO_PHASES.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it.each(["PREPARE TRANSACTION 'order-1'", 'commit prepared $1', 'session.startTransaction()'])(
    'would find %s',
    (text) => expect(TWO_PHASES.test(text)).toBe(true),
  );
});
