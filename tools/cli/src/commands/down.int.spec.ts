import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../home.ts';
import { createInstance, openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { ask, command } from '../supervisor/launch.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { stateFile } from '../supervisor/state.ts';
import { aToy } from '../supervisor/toy.mother.ts';

/** Free of the instances that tests start. */
const BASE = 12_300;

let instance: Instance;
let toy: ProcessSpec;

/** The real command as people run it, on a shop of which nothing but one small process runs. */
function souk(...args: string[]) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(REPO_ROOT, 'tools/cli/src/main.ts'), ...args, '--instance', 'stopped', '--json'],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
  );
  return { stdout, stderr, status, said: JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as unknown };
}

beforeEach(async () => {
  process.env.SOUK_HOME = mkdtempSync(join(tmpdir(), 'souk-down-'));
  instance = openInstance('stopped');
  createInstance({ ...openInstance('stopped'), ports: { ...instance.ports, offset: BASE }, infra: 'embedded' });
  instance = openInstance('stopped');
  toy = await aToy(instance.dir);
});

afterEach(async () => {
  await ask(instance, { op: 'shutdown' });
  rmSync(instance.home, { recursive: true, force: true });
  delete process.env.SOUK_HOME;
});

describe('souk status', () => {
  it('shows what runs of a shop whose start broke off before it had addresses', async () => {
    await command(instance, { op: 'start', specs: [toy] });
    const { stdout, status, said } = souk('status');
    expect(said).toMatchObject({ running: true, healthy: false, status: 'failed' });
    expect(said).toMatchObject({ processes: [{ name: 'toy' }, { name: 'supervisor' }] });
    expect(stdout).toContain('the shop is not up');
    expect(status).toBe(1);
  });

  it('says that a shop does not run of which everything is stopped', async () => {
    await command(instance, { op: 'start', specs: [toy] });
    await command(instance, { op: 'stop', names: ['toy'] });
    expect(souk('status').said).toMatchObject({ running: false, processes: [] });
  });
});

describe('souk down', () => {
  it('takes the addresses away once everything is stopped, not before', async () => {
    const addresses = join(instance.dir, 'env.json');
    writeFileSync(addresses, '{}');
    const code = `process.on('SIGTERM', () => {
      require('node:fs').writeFileSync('seen', String(require('node:fs').existsSync('env.json')));
      process.exit();
    }); require('node:http').createServer((_, answer) => answer.end()).listen(Number(process.env.PORT), '127.0.0.1');`;
    await command(instance, { op: 'start', specs: [{ ...toy, args: ['-e', code] }] });
    while ((await ask(instance, { op: 'status' }))?.processes[0]?.health !== 'ready');
    expect(souk('down').said).toMatchObject({ status: 'ok', stopped: ['toy'] });
    expect(spawnSync('cat', [join(instance.dir, 'seen')], { encoding: 'utf8' }).stdout).toBe('true');
    expect(existsSync(addresses)).toBe(false);
  });

  it('refuses a record that it cannot read, and with --purge starts afresh', () => {
    writeFileSync(stateFile(instance.dir), '{"bootId": "thi');
    expect(souk('down').said).toMatchObject({ error: { fix: expect.stringContaining('down --purge') } });
    expect(souk('down', '--purge').said).toMatchObject({ status: 'ok', stopped: [], purged: true });
    expect(existsSync(instance.dir)).toBe(false);
  });

  it('keeps the data where the record is not readable and something still has a port of the shop', async () => {
    writeFileSync(stateFile(instance.dir), '{"bootId": "thi');
    const orphan = createServer();
    await new Promise<void>((resolve) => orphan.listen(instance.ports.of.order, '127.0.0.1', resolve));
    const { said } = souk('down', '--purge');
    expect(said).toMatchObject({ error: { why: expect.stringContaining(`held by pid ${process.pid}`) } });
    expect(existsSync(instance.dir)).toBe(true);
    await new Promise((resolve) => orphan.close(resolve));
  });

  it('stops what a supervisor knows, though its record is not readable', async () => {
    await command(instance, { op: 'start', specs: [toy] });
    writeFileSync(stateFile(instance.dir), '');
    expect(souk('down', '--purge').said).toMatchObject({ status: 'ok', stopped: ['toy'], purged: true });
  });
});
