import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withLock } from './lock.ts';
import { identify } from './process-identity.ts';

describe('a lock', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'souk-lock-'));
    path = join(dir, 'lock');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** What another process says that wants the lock; it has two seconds. */
  const another = (): string => {
    const module = new URL('./lock.ts', import.meta.url).href;
    const code = `import { withLock } from '${module}';
      await withLock('${path}', async () => console.log('has it'), (holder) => console.log('waits for ' + holder));`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      timeout: 2_000,
    });
    return child.stdout.trim();
  };

  it('is taken, and gone afterwards', () => {
    expect(another()).toBe('has it');
    expect(existsSync(path)).toBe(false);
  });

  it('of a living process is waited for', () => {
    writeFileSync(path, `${process.pid} ${identify(process.pid)?.startTime}`);
    expect(another()).toBe(`waits for ${process.pid}`);
  });

  it('of a dead process is taken over, also when its pid is in use again', () => {
    const dead = spawnSync('true').pid;
    for (const holder of [dead, process.pid]) {
      writeFileSync(path, `${holder} 1`);
      expect(another().split('\n').at(-1)).toBe('has it');
    }
  });

  it('is refused with the reason on a full disk, and nothing is left of it', async () => {
    symlinkSync('/dev/full', `${path}.${process.pid}`);
    await expect(withLock(path, () => Promise.resolve())).rejects.toMatchObject({
      message: expect.stringContaining('cannot be taken'),
      why: 'the disk is full',
    });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('whose folder is deleted is waited for no longer', async () => {
    writeFileSync(path, `${process.pid} ${identify(process.pid)?.startTime}`);
    const purge = () => rmSync(dir, { recursive: true });
    await expect(withLock(path, () => Promise.resolve(), purge)).rejects.toMatchObject({
      why: expect.stringContaining(`${dir} is gone`),
      fix: 'run this again',
    });
  });

  it('of a dead process goes to one of many waiters at a time', async () => {
    writeFileSync(path, `${spawnSync('true').pid} 1`);
    const module = new URL('./lock.ts', import.meta.url).href;
    const diary = join(dir, 'diary');
    const code = `import { appendFileSync } from 'node:fs';
      import { withLock } from '${module}';
      await withLock('${path}', async () => {
        appendFileSync('${diary}', 'in\\n');
        await new Promise((resolve) => setTimeout(resolve, 20));
        appendFileSync('${diary}', 'out\\n');
      });`;
    const waiters = Array.from({ length: 5 }, () => spawn(process.execPath, ['--input-type=module', '-e', code]));
    await Promise.all(waiters.map((waiter) => once(waiter, 'exit')));
    expect(readFileSync(diary, 'utf8')).toBe('in\nout\n'.repeat(5));
    expect(existsSync(`${path}.takeover`)).toBe(false);
  });
});
