import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** Instances of this spec file lie in a folder of its own, which is deleted at its end. Call it before anything opens one. */
export function useOwnHome(): void {
  const home = mkdtempSync(join(tmpdir(), 'souk-home-'));
  const before = process.env['SOUK_HOME'];
  process.env['SOUK_HOME'] = home;
  afterAll(() => {
    if (before === undefined) delete process.env['SOUK_HOME'];
    else process.env['SOUK_HOME'] = before;
    rmSync(home, { recursive: true });
  });
}
