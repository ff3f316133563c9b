import { describe, expect, it } from '@jest/globals';
import { exportLine } from './env.ts';

describe('a line of souk env', () => {
  it('is an assignment that a shell reads', () => {
    expect(exportLine('GATEWAY_URL', 'http://127.0.0.1:8080')).toBe("export GATEWAY_URL='http://127.0.0.1:8080'");
  });

  it('keeps the apostrophes of a value', () => {
    const line = String.raw`export SOUK_SECRETS_DIR='/home/o'\''hara/$HOME/secrets'`;
    expect(exportLine('SOUK_SECRETS_DIR', "/home/o'hara/$HOME/secrets")).toBe(line);
  });
});
