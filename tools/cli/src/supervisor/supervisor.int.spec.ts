import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bootId, identify, isAlive } from '../system/process-identity.ts';
import { askSupervisor } from './control.ts';
import type { ProcessSpec, ProcessStatus } from './process-spec.ts';
import { socketFile, writeState } from './state.ts';
import { Supervisor } from './supervisor.ts';

const SERVER = `
  require('node:http').createServer((_, answer) => answer.end('ready')).listen(Number(process.env.PORT), '127.0.0.1');
  if (process.env.DEAF) process.on('SIGTERM', () => {});
`;

let dir: string;
let supervisor: Supervisor;
let spec: ProcessSpec;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'souk-supervisor-'));
  supervisor = new Supervisor(dir, () => undefined);
  const port = await freePort();
  spec = {
    name: 'toy',
    kind: 'service',
    command: process.execPath,
    args: ['-e', SERVER],
    cwd: dir,
    env: { PORT: String(port) },
    logFile: join(dir, 'toy.log'),
    port,
    probe: { protocol: 'http', port },
    stopSignal: 'SIGTERM',
    stopGraceMs: 2_000,
    fingerprint: '1',
  };
});

afterEach(async () => {
  await supervisor.shutdown();
  rmSync(dir, { recursive: true, force: true });
});

describe('supervisor', () => {
  it('starts a process once and reports it ready', async () => {
    expect(await supervisor.start([spec])).toEqual(['toy']);
    const first = await toyIs('ready');
    expect(await supervisor.start([spec])).toEqual([]);
    expect((await toyIs('ready')).pid).toBe(first.pid);
  });

  it('restarts a process that is killed, and counts it', async () => {
    await supervisor.start([spec]);
    const { pid } = await toyIs('ready');
    process.kill(pid ?? 0, 'SIGKILL');
    const again = await toyIs('ready', (one) => one.restarts === 1);
    expect(again.pid).not.toBe(pid);
    expect(again.lastExit).toBe('killed by SIGKILL');
  });

  it('does not bring back a process that an earlier supervisor was stopping', async () => {
    const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    const identity = identify(child.pid ?? 0);
    if (!identity) throw new Error('sleep did not start');
    writeState(dir, { bootId: bootId(), processes: [{ spec, identity, wanted: false, restarts: 0 }] });
    supervisor.resume();
    child.kill('SIGTERM');
    await sleep(1_500);
    expect(supervisor.status()[0]).toMatchObject({ pid: null, restarts: 0 });
  });

  it('waits longer and longer for a process that keeps dying', async () => {
    await supervisor.start([{ ...spec, args: ['-e', 'process.exit(3)'] }]);
    await sleep(1_500);
    const [toy] = supervisor.status();
    expect(toy?.lastExit).toBe('exit code 3');
    expect(toy?.restarts).toBeGreaterThan(1);
    expect(toy?.restarts).toBeLessThan(5);
  });

  it('leaves a process alone that refuses its configuration, until it is started anew', async () => {
    const refusing = { ...spec, args: ['-e', 'process.exit(78)'], env: { ...spec.env, SOUK_VARIANTS: 'a,b' } };
    await supervisor.start([refusing]);
    const toy = await toyIs('unhealthy');
    expect(toy).toMatchObject({
      pid: null,
      hasRefused: true,
      lastExit: 'its configuration is wrong',
      variants: ['a', 'b'],
    });
    await sleep(1_000);
    expect(supervisor.status()[0]).toMatchObject({ restarts: 0, pid: null });
    // The same specification: the reason may have lain outside of it.
    expect(await supervisor.start([refusing])).toEqual(['toy']);
    await toyIs('unhealthy');
    expect(await supervisor.start([spec])).toEqual(['toy']);
    expect(await toyIs('ready')).toMatchObject({ hasRefused: false, variants: [] });
  });

  it('replaces a process whose code changed', async () => {
    await supervisor.start([spec]);
    const { pid } = await toyIs('ready');
    expect(await supervisor.start([{ ...spec, fingerprint: '2' }])).toEqual(['toy']);
    expect((await toyIs('ready')).pid).not.toBe(pid);
  });

  it('adopts what a killed supervisor left, and restarts that too', async () => {
    const killed = await separateSupervisor();
    const socket = socketFile(dir);
    await askSupervisor(socket, { op: 'start', specs: [spec] });
    const pid = (await askSupervisor(socket, { op: 'status' }))?.processes[0]?.pid ?? 0;
    killed.kill('SIGKILL');
    await new Promise((resolve) => killed.once('exit', resolve));
    supervisor.resume();
    expect((await toyIs('ready')).pid).toBe(pid);
    process.kill(pid, 'SIGKILL');
    expect((await toyIs('ready', (one) => one.restarts === 1)).pid).not.toBe(pid);
  });

  it('neither adopts nor stops a stranger that now has the recorded pid', async () => {
    const stranger = spawn('sleep', ['60']);
    const identity = identify(stranger.pid ?? 0);
    const recorded = { pid: stranger.pid ?? 0, startTime: (identity?.startTime ?? 0) - 1 };
    writeState(dir, { bootId: bootId(), processes: [{ spec, identity: recorded, wanted: true, restarts: 0 }] });
    supervisor.resume();
    expect((await toyIs('ready')).pid).not.toBe(stranger.pid);
    await supervisor.shutdown();
    expect(identity && isAlive(identity)).toBe(true);
    stranger.kill('SIGKILL');
  });

  it('does not believe what was recorded before the machine was started anew', async () => {
    const stranger = spawn('sleep', ['60']);
    const identity = identify(stranger.pid ?? 0);
    if (!identity) throw new Error('the stranger did not start');
    writeState(dir, { bootId: 'an earlier boot', processes: [{ spec, identity, wanted: true, restarts: 0 }] });
    supervisor.resume();
    expect(supervisor.status()).toEqual([]);
    await supervisor.shutdown();
    expect(isAlive(identity)).toBe(true);
    stranger.kill('SIGKILL');
  });

  it('stops what takes in spans after those who send them, and the last of it first', async () => {
    const named = (name: string, kind: ProcessSpec['kind']) => ({
      ...spec,
      name,
      kind,
      args: ['-e', 'setInterval(() => {}, 1e6)'],
    });
    await supervisor.start([
      named('kafka', 'infra'),
      named('store', 'telemetry'),
      named('collector', 'telemetry'),
      spec,
    ]);
    expect(await supervisor.shutdown()).toEqual(['toy', 'collector', 'store', 'kafka']);
  });

  it('kills what ignores the signal, after the grace time', async () => {
    await supervisor.start([{ ...spec, env: { ...spec.env, DEAF: '1' }, stopGraceMs: 300 }]);
    const { pid } = await toyIs('ready');
    const identity = identify(pid ?? 0);
    expect(await supervisor.stop(['toy'])).toEqual(['toy']);
    expect(identity && isAlive(identity)).toBe(false);
  });
});

async function separateSupervisor(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.mjs'), dir], { stdio: 'ignore' });
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
    if (await askSupervisor(socketFile(dir), { op: 'status' })) return child;
  }
  throw new Error('the supervisor did not answer');
}

async function toyIs(health: string, and: (one: ProcessStatus) => boolean = () => true): Promise<ProcessStatus> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
    const toy = supervisor.status()[0];
    if (toy?.health === health && and(toy)) return toy;
  }
  throw new Error(`the toy did not become ${health}: ${JSON.stringify(supervisor.status())}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
