import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identify, isAlive } from '../system/process-identity.ts';
import type { ProcessSpec, ProcessStatus } from './process-spec.ts';
import { readState } from './state.ts';
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
  supervisor = new Supervisor(dir);
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

  it('replaces a process whose code changed', async () => {
    await supervisor.start([spec]);
    const { pid } = await toyIs('ready');
    expect(await supervisor.start([{ ...spec, fingerprint: '2' }])).toEqual(['toy']);
    expect((await toyIs('ready')).pid).not.toBe(pid);
  });

  it('adopts what an earlier supervisor left, and restarts that too', async () => {
    await supervisor.start([spec]);
    const { pid } = await toyIs('ready');
    supervisor = await successor();
    expect((await toyIs('ready')).pid).toBe(pid);
    process.kill(pid ?? 0, 'SIGKILL');
    expect((await toyIs('ready', (one) => one.restarts === 1)).pid).not.toBe(pid);
  });

  it('does not touch a process that only has the recorded pid', async () => {
    await supervisor.start([spec]);
    await toyIs('ready');
    const state = readState(dir, bootOf(dir));
    const record = state.processes[0];
    await supervisor.shutdown();
    const bystander = { pid: process.pid, startTime: (identify(process.pid)?.startTime ?? 0) - 1 };
    expect(record && isAlive(bystander)).toBe(false);
  });

  it('kills what ignores the signal, after the grace time', async () => {
    await supervisor.start([{ ...spec, env: { ...spec.env, DEAF: '1' }, stopGraceMs: 300 }]);
    const { pid } = await toyIs('ready');
    const identity = identify(pid ?? 0);
    expect(await supervisor.stop(['toy'])).toEqual(['toy']);
    expect(identity && isAlive(identity)).toBe(false);
  });
});

/** A second supervisor over the same state, as after a crash of the first, which no longer looks. */
async function successor(): Promise<Supervisor> {
  const next = new Supervisor(dir);
  next.resume();
  return next;
}

function bootOf(instanceDir: string): string {
  const state: { bootId: string } = JSON.parse(readFileSync(join(instanceDir, 'state.json'), 'utf8'));
  return state.bootId;
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
