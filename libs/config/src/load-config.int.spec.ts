import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CONFIG_EXIT_CODE } from './load-config.js';

/** A process that does this with the built module. */
function run(script: string) {
  const url = pathToFileURL(join(import.meta.dirname, '../dist/index.js')).href;
  const text = `const { baseEnv, loadConfig } = await import(${JSON.stringify(url)}); ${script}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' });
}
const wrong = `loadConfig(baseEnv, { HTTP_PORT: '1', MANAGEMENT_PORT: '2', SOUK_VARIANTS: 'no-such' })`;

describe('a process whose configuration is wrong', () => {
  it('ends with what is wrong and no more, and with a code that says that another start is of no use', () => {
    const { status, stderr } = run(wrong);
    expect([status, stderr.split('\n').slice(1, 3)]).toEqual([
      CONFIG_EXIT_CODE,
      [expect.stringMatching(/^ {2}SOUK_VARIANTS: there is no variant no-such; there is /), ''],
    ]);
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it('does so too where somebody else ends it for errors that nobody caught', () => {
    const other = pathToFileURL(join(import.meta.dirname, '../../observability/dist/exit-on-unhandled.js')).href;
    const hear = `const { exitOnUnhandled } = await import(${JSON.stringify(other)});
      exitOnUnhandled({ fatal: (_fields, message) => console.error(message) });`;
    for (const how of [
      wrong,
      `setTimeout(() => { ${wrong}; }); await new Promise(() => setTimeout(() => {}, 5_000))`,
    ]) {
      const { status, stderr } = run(`${hear} ${how}`);
      expect([status, stderr]).toEqual([
        CONFIG_EXIT_CODE,
        expect.stringContaining('SOUK_VARIANTS: there is no variant'),
      ]);
    }
    expect(run(`${hear} throw new Error('something else')`).status).toBe(1);
  });

  it('ends as ever where something else is wrong, also after one that was caught', () => {
    const { status, stderr } = run(`try { ${wrong}; } catch { } throw new Error('something else');`);
    expect([status, stderr]).toEqual([1, expect.stringContaining('something else')]);
  });
});
