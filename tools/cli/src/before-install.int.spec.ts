import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { portList, portsFor } from './ports.ts';

/** Free of the instances that tests start. */
const BASE = 12_000;

describe('./souk up in a checkout without dependencies', () => {
  const root = mkdtempSync(join(tmpdir(), 'souk-bare-'));
  const servers: Server[] = [];
  const checkWith = (more: Readonly<Record<string, string>>, ...args: string[]) => {
    const env = { PATH: process.env.PATH, SOUK_HOME: join(root, 'home'), ...more };
    const script = join(root, 'tools/cli/src/before-install.ts');
    const { status, stderr } = spawnSync(process.execPath, [script, ...args], { env, encoding: 'utf8' });
    return { status, said: stderr.split('\n')[0] ?? '' };
  };
  const check = (...args: string[]) => checkWith({}, ...args);
  const take = async (wanted: string): Promise<number | undefined> => {
    const port = portList(portsFor(BASE)).find(({ name }) => name === wanted)?.port;
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return port;
  };

  beforeAll(() => {
    mkdirSync(join(root, 'tools/cli'), { recursive: true });
    cpSync(import.meta.dirname, join(root, 'tools/cli/src'), { recursive: true });
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    rmSync(root, { recursive: true });
  });

  it('refuses ports that cannot be, before anything is fetched', () => {
    expect(check('up', '--port-base', '99999')).toEqual({ status: 1, said: expect.stringContaining('is not usable') });
    expect(check('up', '-i', 'mine', '--port-base=5000').said).toContain("meets the ports of the instance 'test'");
  });

  it('asks for the ports of what not every shop has only where it is wanted', async () => {
    const up = ['up', '-i', 'mine', '--port-base', String(BASE)];
    const [gatekeeper, aggregation] = [await take('gatekeeper'), await take('aggregation (management)')];
    expect(check(...up)).toEqual({ status: 0, said: '' });
    expect(check(...up, '--gatekeeper').said).toBe(`✖ port ${gatekeeper} for gatekeeper is taken`);
    const separate = { SOUK_GATEKEEPER: 'separate' };
    expect(checkWith(separate, ...up).said).toBe(`✖ port ${gatekeeper} for gatekeeper is taken`);
    expect(check(...up, '--aggregation').said).toBe(`✖ port ${aggregation} for aggregation (management) is taken`);
  });

  it('refuses ports that somebody has', async () => {
    const port = await take('order');
    const { status, said } = check('up', '-i', 'mine', '--port-base', String(BASE));
    expect([status, said]).toEqual([1, `✖ port ${port} for order is taken`]);
    // Its own processes may have them.
    mkdirSync(join(root, 'home/instances/mine'), { recursive: true });
    writeFileSync(join(root, 'home/instances/mine/instance.json'), JSON.stringify({ portBase: BASE }));
    expect(check('up', '-i', 'mine', '--port-base', String(BASE)).status).toBe(0);
  });

  it.each([
    [['status']],
    [['up', '--help', '--port-base', '99999']],
    [['up', '-h', '--port-base', '99999']],
    [['up', '--on', 'kind', '--port-base', '99999']],
    [['up', '--on=kind', '--port-base', '99999']],
    [['up', '--port-base', 'many']],
  ])('leaves %j to the command', (args) => expect(check(...args)).toEqual({ status: 0, said: '' }));
});
