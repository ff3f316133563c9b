import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CliError } from './errors.ts';
import { openInstance } from './instance.ts';

describe('what an instance remembers', () => {
  let home: string;
  const remember = (text: string) => {
    mkdirSync(join(home, 'instances', 'mine'), { recursive: true });
    writeFileSync(join(home, 'instances', 'mine', 'instance.json'), text);
  };
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'souk-instance-'));
    process.env.SOUK_HOME = home;
  });
  afterEach(() => {
    delete process.env.SOUK_HOME;
    rmSync(home, { recursive: true });
  });

  it('is used where no port base is asked for', () => {
    remember('{"portBase": 12000, "tracing": "off"}');
    expect(openInstance('mine')).toMatchObject({ ports: { offset: 12_000 }, tracing: 'off' });
  });

  it.each(['', '{"portBase": 120'])('that is %j is refused with the file and the way out', (text) => {
    remember(text);
    const refused = expect.objectContaining({
      message: expect.stringMatching(/mine\/instance\.json is not readable$/),
      why: expect.stringContaining('it is not JSON'),
      fix: expect.stringContaining('delete it and run ./souk up --instance mine'),
    });
    expect(() => openInstance('mine')).toThrow(CliError);
    expect(() => openInstance('mine')).toThrow(refused as unknown as Error);
  });
});
