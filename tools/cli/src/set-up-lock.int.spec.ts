import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from './home.ts';
import { waitFor } from './shop/wait-for.ts';
import { identify } from './system/process-identity.ts';

/** The wrapper in a checkout without dependencies, with an npm that fetches nothing. */
describe('the set-up by ./souk', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'souk-set-up-'));
    for (const folder of ['bin', '.souk', 'tools/cli/src']) mkdirSync(join(root, folder), { recursive: true });
    copyFileSync(join(REPO_ROOT, 'souk'), join(root, 'souk'));
    file('package-lock.json', '{}');
    file('tools/cli/src/before-install.ts', '');
    file('tools/cli/src/main.ts', "console.log('the command');");
    file(
      'bin/npm',
      `#!/bin/sh
      cd ${root} && echo begins >>diary && sleep 0.3
      mkdir -p node_modules && touch node_modules/.package-lock.json && echo ends >>diary`,
    );
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const file = (name: string, text: string) => writeFileSync(join(root, name), text, { mode: 0o755 });
  const lock = (owner: string) => {
    mkdirSync(join(root, '.souk/setup.lock'));
    file('.souk/setup.lock/pid', owner);
  };
  const start = () => {
    const PATH = [join(root, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
    const child = spawn(join(root, 'souk'), { env: { ...process.env, PATH, SOUK_HOME: join(root, '.souk') } });
    const said = { out: '', err: '' };
    child.stdout.on('data', (text) => (said.out += String(text)));
    child.stderr.on('data', (text) => (said.err += String(text)));
    return { child, said, end: once(child, 'close').then(([code]) => ({ ...said, code: Number(code) })) };
  };
  const done = { code: 0, out: 'the command\n' };

  it('is done by one of those who start at once, and its lock is gone', async () => {
    const ends = await Promise.all([start().end, start().end, start().end]);
    expect(ends).toMatchObject([done, done, done]);
    expect(readFileSync(join(root, 'diary'), 'utf8')).toBe('begins\nends\n');
    expect(existsSync(join(root, '.souk/setup.lock'))).toBe(false);
  });

  it('by a living process is waited for, and that is said once', async () => {
    lock(`${process.pid} ${identify(process.pid)?.startTime}\n`);
    const { said, end } = start();
    await waitFor('it says what it waits for', 10_000, () => Promise.resolve(said.err !== ''));
    await sleep(500);
    expect(said.err).toBe(`… waiting for the set-up by process ${process.pid}\n`);
    rmSync(join(root, '.souk/setup.lock'), { recursive: true });
    expect(await end).toMatchObject(done);
  });

  it('by a living process is not waited for without end', async () => {
    const script = readFileSync(join(root, 'souk'), 'utf8');
    file('souk', script.replace('SECONDS + 600', 'SECONDS + 1'));
    lock(`${process.pid} ${identify(process.pid)?.startTime}\n`);
    expect(await start().end).toMatchObject({
      code: 1,
      err: expect.stringMatching(/✖ the set-up by another .*\n {2}why: process \d+ has held .*\n {2}fix: wait for it/),
    });
    expect(existsSync(join(root, '.souk/setup.lock'))).toBe(true);
  });

  it('by a dead process is taken over, also when its pid is in use again', async () => {
    for (const owner of [`${spawnSync('true').pid} 1`, `${process.pid} 1`]) {
      rmSync(join(root, 'node_modules'), { recursive: true, force: true });
      lock(`${owner}\n`);
      const end = await start().end;
      expect(end).toMatchObject(done);
      expect(end.err).not.toContain('waiting');
    }
  });

  it('ends with the reason where no lock can be made', async () => {
    file('bin/mkdir', '#!/bin/sh\ncase "$*" in *setup.lock) echo disk full >&2; exit 1;; esac; exec /bin/mkdir "$@"');
    expect(await start().end).toMatchObject({ code: 1, err: expect.stringContaining('why: disk full\n') });
  });
});
