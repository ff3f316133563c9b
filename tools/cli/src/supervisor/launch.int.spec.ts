import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createInstance, openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { identify, isAlive } from '../system/process-identity.ts';
import { ask, command } from './launch.ts';

let instance: Instance;

beforeEach(() => {
  process.env.SOUK_HOME = mkdtempSync(join(tmpdir(), 'souk-launch-'));
  instance = openInstance('launched');
  createInstance(instance);
});

afterEach(async () => {
  await ask(instance, { op: 'shutdown' });
  rmSync(instance.home, { recursive: true, force: true });
  delete process.env.SOUK_HOME;
});

describe('a supervisor that several commands want', () => {
  it('is started by one of them at a time', async () => {
    const lock = join(instance.dir, 'supervisor.lock');
    writeFileSync(lock, `${process.pid} ${identify(process.pid)?.startTime}`);
    const answer = command(instance, { op: 'status' });
    await sleep(1_000);
    expect(await ask(instance, { op: 'status' })).toBeUndefined();
    rmSync(lock);
    const { supervisorPid } = await answer;
    expect((await command(instance, { op: 'status' })).supervisorPid).toBe(supervisorPid);
  });
});

describe('a supervisor that does not answer', () => {
  it('is named with its pid, and can be replaced as the message says', async () => {
    const { supervisorPid } = await command(instance, { op: 'status' });
    const identity = identify(supervisorPid);
    process.kill(supervisorPid, 'SIGSTOP');
    try {
      await expect(ask(instance, { op: 'status' })).rejects.toMatchObject({
        message: 'the supervisor does not answer',
        why: `process ${supervisorPid} said nothing for 10 s`,
        fix: `kill -9 ${supervisorPid}, then ./souk status --instance launched: a new one takes over what runs`,
      });
    } finally {
      process.kill(supervisorPid, 'SIGKILL');
    }
    while (identity && isAlive(identity)) await sleep(20);
    expect((await command(instance, { op: 'status' })).supervisorPid).not.toBe(supervisorPid);
  });
});
