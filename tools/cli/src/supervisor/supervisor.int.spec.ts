import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readIfThere } from '../system/files.ts';
import { bootId, identify, isAlive, statOf } from '../system/process-identity.ts';
import { askSupervisor } from './control.ts';
import { LOG_ROTATES_AT_BYTES } from './log-file.ts';
import type { ProcessSpec, ProcessStatus } from './process-spec.ts';
import { readState, socketFile, stateFile, writeState } from './state.ts';
import { Supervisor } from './supervisor.ts';
import { aToy } from './toy.mother.ts';

let dir: string;
let supervisor: Supervisor;
let spec: ProcessSpec;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'souk-supervisor-'));
  supervisor = new Supervisor(dir, () => undefined);
  spec = await aToy(dir);
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
    const began = performance.now();
    await supervisor.start([{ ...spec, args: ['-e', 'process.exit(3)'] }]);
    const toy = await toySuch(({ restarts }) => restarts === 4);
    expect(toy.lastExit).toBe('exit code 3');
    // 0.2 s, 0.4 s and 0.8 s, less what timers come too early.
    expect(performance.now() - began).toBeGreaterThan(1_350);
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

  it('loses nobody when two restart the same process at once', async () => {
    const marked = { ...spec, args: ['-e', `setInterval(() => {}, 1e6); '${dir}'`] };
    await supervisor.start([marked]);
    const restarted = await Promise.all([
      supervisor.restart([marked]),
      supervisor.restart([marked]),
      supervisor.start([{ ...marked, fingerprint: '2' }]),
    ]);
    expect(restarted).toEqual([['toy'], ['toy'], ['toy']]);
    expect(pidsWith(dir)).toEqual([supervisor.status()[0]?.pid]);
    await Promise.all([supervisor.restart([marked]), supervisor.stop(['toy'])]);
    expect(pidsWith(dir)).toEqual([]);
  });

  it('empties a log that grows too long while its process writes on', async () => {
    const log = spec.logFile;
    await supervisor.start([{ ...spec, env: { ...spec.env, TALKS: '1' } }]);
    await toyIs('ready');
    truncateSync(log, LOG_ROTATES_AT_BYTES + 1);
    await until(() => (statSync(`${log}.1`, { throwIfNoEntry: false })?.size ?? 0) > LOG_ROTATES_AT_BYTES);
    await until(() => readFileSync(log, 'utf8').startsWith('something'));
    expect(statSync(log).size).toBeLessThan(10_000);
    expect(supervisor.status()[0]).toMatchObject({ health: 'ready', restarts: 0 });
  });
});

describe('on a full disk', () => {
  it('goes on, says once that it cannot save, and saves with the first change after it', async () => {
    const said: string[] = [];
    supervisor = new Supervisor(
      dir,
      () => undefined,
      (why) => said.push(why),
    );
    // Nothing can take the place of a folder.
    mkdirSync(stateFile(dir));
    await supervisor.start([spec]);
    process.kill((await toyIs('ready')).pid ?? 0, 'SIGKILL');
    const { pid } = await toyIs('ready', (one) => one.restarts === 1);
    expect(said).toEqual([expect.stringContaining('state.json')]);
    rmSync(stateFile(dir), { recursive: true });
    process.kill(pid ?? 0, 'SIGKILL');
    const again = await toyIs('ready', (one) => one.restarts === 2);
    expect(readState(dir, bootId()).processes).toMatchObject([{ identity: { pid: again.pid }, restarts: 2 }]);
    expect(said).toHaveLength(1);
  });

  it('tries again to start what finds no room for its log', async () => {
    const logFile = join(dir, 'later', 'toy.log');
    await supervisor.start([{ ...spec, logFile }]);
    expect((await toySuch(({ restarts }) => restarts === 2)).lastExit).toMatch(/could not be started: .*ENOENT/);
    mkdirSync(join(dir, 'later'));
    await toyIs('ready');
  });

  it('restarts what dies, though it cannot say so', async () => {
    const full = openSync('/dev/full', 'w');
    await separateSupervisor(full);
    closeSync(full);
    const ask = () => askSupervisor(socketFile(dir), { op: 'status' });
    await askSupervisor(socketFile(dir), { op: 'start', specs: [spec] });
    for (const restarts of [1, 2]) {
      const before = await ask();
      process.kill(before?.processes[0]?.pid ?? 0, 'SIGKILL');
      await until(async () => (await ask())?.processes[0]?.restarts === restarts);
      await until(async () => (await ask())?.processes[0]?.health === 'ready');
      expect((await ask())?.supervisorPid).toBe(before?.supervisorPid);
    }
    await askSupervisor(socketFile(dir), { op: 'shutdown' });
  });
});

function pidsWith(argument: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && commandLine(entry).includes(argument))
    .map(Number)
    .filter((pid) => statOf(pid)?.state !== 'Z');
}

function commandLine(pid: string): string {
  try {
    return readIfThere(`/proc/${pid}/cmdline`) ?? '';
  } catch {
    return ''; // gone between two looks
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await isSo()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`it did not become so: ${isSo}`);
  }
}

async function separateSupervisor(log: 'ignore' | number = 'ignore'): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.mjs'), dir], {
    stdio: ['ignore', log, log],
  });
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(20)) {
    if (await askSupervisor(socketFile(dir), { op: 'status' })) return child;
  }
  throw new Error('the supervisor did not answer');
}

const toyIs = (health: string, and: (one: ProcessStatus) => boolean = () => true): Promise<ProcessStatus> =>
  toySuch((one) => one.health === health && and(one));

async function toySuch(isSo: (one: ProcessStatus) => boolean): Promise<ProcessStatus> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(20)) {
    const toy = supervisor.status()[0];
    if (toy !== undefined && isSo(toy)) return toy;
  }
  throw new Error(`the toy did not become so: ${isSo}: ${JSON.stringify(supervisor.status())}`);
}
