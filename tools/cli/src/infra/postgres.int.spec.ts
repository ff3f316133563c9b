import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '../instance.ts';
import { portsFor } from '../ports.ts';
import { preparePostgres } from './postgres.ts';

describe('the PostgreSQL cluster of an instance', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'souk-postgres-'));
    chmodSync(dir, 0o755); // user nobody must get in where we are root
    for (const folder of ['data', 'logs', 'secrets', 'toolchain/postgres/bin'])
      mkdirSync(join(dir, folder), { recursive: true });
    program('postgres', '');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const program = (name: string, script: string) =>
    writeFileSync(join(dir, 'toolchain/postgres/bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  /** Called as `initdb -D <folder> …`; like the real one it writes PG_VERSION before anything else. */
  const initdb = (then: string) => program('initdb', `echo 16 > "$2/PG_VERSION"\n${then}`);
  const data = (file = '') => join(dir, 'data/postgres', file);
  const prepare = () => {
    const folders = { dir, dataDir: join(dir, 'data'), logsDir: join(dir, 'logs'), secretsDir: join(dir, 'secrets') };
    const instance: Instance = { name: 'toy', home: dir, ...folders, ports: portsFor(0), tracing: 'on' };
    return preparePostgres(instance, { dir: join(dir, 'toolchain'), java: 'java' });
  };

  it('is in its place only when it is whole, whenever its making is killed', async () => {
    initdb('ls "$2/.." > "$2/places-meanwhile"');
    await prepare();
    expect(readFileSync(data('places-meanwhile'), 'utf8').split('\n')).toEqual(
      expect.not.arrayContaining(['postgres']),
    );
  });

  it('is made anew after one that was given up half-way', async () => {
    initdb('touch "$2/half"; exit 1');
    await expect(prepare()).rejects.toThrow('creating the PostgreSQL cluster failed');
    expect(existsSync(data())).toBe(false);
    mkdirSync(data());
    initdb('');
    expect(await prepare()).toMatchObject({ cwd: data() });
    expect([existsSync(data('PG_VERSION')), existsSync(data('half'))]).toEqual([true, false]);
  });

  it('is made once', async () => {
    initdb('');
    await prepare();
    initdb('exit 1');
    await expect(prepare()).resolves.toMatchObject({ name: 'postgres' });
  });
});
