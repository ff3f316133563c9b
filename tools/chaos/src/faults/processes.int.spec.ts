import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { managementPortOf } from '../../../cli/src/ports.ts';
import { ask } from '../../../cli/src/supervisor/launch.ts';
import { identify, isAlive, statOf } from '../../../cli/src/system/process-identity.ts';
import { marked, markOf } from './marks.ts';
import { treeOf } from './process-tree.ts';
import { SmallShop } from './test/small-shop.mother.ts';
import { undoOf } from './undos.ts';

const WITHIN_MS = 15_000;

let shop: SmallShop;
beforeEach(async () => void (shop = await SmallShop.open()));
afterEach(() => shop.close());

describe('process-kill', () => {
  it('ends a process at once, which comes back by itself', async () => {
    const before = await shop.pid('payment');
    await shop.inject('process-kill', { process: 'payment' });
    await shop.another('payment', before);
    expect((await shop.target.status('payment')).lastExit).toBe('killed by SIGKILL');
    await shop.undoAgain();
    await shop.heal();
    expect(await shop.answers('payment')).toBe(true);
  });

  it('does so again and again until it is over, to one of several', async () => {
    await shop.inject('process-kill', { process: ['payment', 'identity'], choose: 1, every: '700ms' });
    expect(shop.notes).toHaveLength(1);
    const deaths = async () => (await shop.target.processes()).reduce((sum, { restarts }) => sum + restarts, 0);
    await waitFor('three have died', WITHIN_MS, async () => (await deaths()) >= 3);
    await shop.heal();
    const { length } = shop.notes;
    await sleep(1_000);
    expect(shop.notes).toHaveLength(length);
    expect(new Set(shop.notes.filter((note) => note.startsWith('kill -9'))).size).toBe(2);
  });

  it('ends after so many times', async () => {
    await shop.inject('process-kill', { process: 'payment', every: '600ms', times: 2 });
    await sleep(2_500);
    expect(shop.notes).toHaveLength(2);
  });
});

describe('process-stop', () => {
  it.each(['orderly', 'kill'] as const)('keeps a process away until it is over: %s', async (how) => {
    const before = await shop.pid('payment');
    await shop.inject('process-stop', { process: 'payment', how });
    expect(isAlive({ pid: before, startTime: identify(before)?.startTime ?? 0 })).toBe(false);
    await sleep(1_000);
    expect([await shop.pidOf('payment'), await shop.answers('payment'), await shop.answers('identity')]).toEqual([
      null,
      false,
      true,
    ]);
    await shop.heal();
    await shop.another('payment', before);
    const after = await shop.pid('payment');
    await undoOf('start-process').run(shop.target, { process: 'payment' });
    expect(await shop.pid('payment')).toBe(after);
  });
});

describe('process-pause', () => {
  it('freezes a process and its children, and lets them go on', async () => {
    const tree = treeOf(await shop.pid('payment'));
    expect(tree).toHaveLength(2);
    await shop.inject('process-pause', { process: 'payment' });
    expect(tree.map((one) => statOf(one.pid)?.state)).toEqual(['T', 'T']);
    expect((await shop.ask('payment', '/who', 500)).status).toBe(0);
    expect(shop.notes).toEqual(['payment is frozen: 2 processes']);
    await shop.undoAgain();
    await shop.heal();
    expect(tree.map((one) => statOf(one.pid)?.state)).not.toContain('T');
    expect(await shop.answers('payment')).toBe(true);
  });

  it('lets nobody go on who has got the pid of one that is gone', async () => {
    const identity = { pid: await shop.pid('payment'), startTime: 1 };
    await shop.inject('process-pause', { process: 'payment' });
    await undoOf('continue-process').run(shop.target, { identities: [identity] });
    expect(statOf(identity.pid)?.state).toBe('T');
  });

  it('is refused for one that does not run', async () => {
    await shop.target.stop('payment');
    await expect(shop.inject('process-pause', { process: 'payment' })).rejects.toThrow('payment does not run');
  });
});

describe('restart-rolling', () => {
  it('restarts one after the other, in an orderly way', async () => {
    const before = [await shop.pid('payment'), await shop.pid('identity')];
    await shop.inject('restart-rolling', { process: ['payment', 'identity'], pause: '100ms' });
    let bothAway = 0;
    await waitFor('both were restarted', WITHIN_MS, async () => {
      const now = await Promise.all([shop.answers('payment'), shop.answers('identity')]);
      if (now.every((answered) => !answered)) bothAway += 1;
      return shop.notes.length === 2;
    });
    expect(bothAway).toBe(0);
    expect([await shop.pid('payment'), await shop.pid('identity')]).not.toEqual(expect.arrayContaining(before));
    expect((await shop.target.status('payment')).restarts).toBe(0);
  });
});

describe('power-cut', () => {
  it('kills everything, and the supervisor; all of it comes back', async () => {
    const supervisor = (await ask(shop.target.instance, { op: 'status' }))?.supervisorPid ?? 0;
    const all = [supervisor, await shop.pid('payment'), await shop.pid('identity')].map((one) => identify(one));
    await shop.inject('power-cut', {});
    await waitFor('all of them are dead', WITHIN_MS, async () => all.every((one) => one && !isAlive(one)));
    await shop.heal();
    expect([await shop.answers('payment'), await shop.answers('identity')]).toEqual([true, true]);
    expect(shop.notes).toEqual(['3 processes killed']);
  });
});

describe('replica', () => {
  const mark = () => markOf('small', 'payment-2');
  const url = () => `http://127.0.0.1:${/on port (\d+)/.exec(shop.notes.join())?.[1]}/who`;

  it('is a second process with the same setting, which ends with it', async () => {
    await shop.target.restart('payment', { env: { SOUK_VARIANTS: 'one-pool' } });
    process.env['SOUK_CHAOS'] = 'small';
    await shop.inject('replica', { process: 'payment' });
    delete process.env['SOUK_CHAOS'];
    const { env } = (await (await fetch(url())).json()) as { env: Record<string, string> };
    // By the second one the end of a run finds what is left of it.
    expect([env['SOUK_VARIANTS'], env['SOUK_CHAOS']]).toEqual(['one-pool', 'small']);
    await shop.heal();
    await expect(fetch(url())).rejects.toThrow();
    expect(marked(mark())).toEqual([]);
    expect(await shop.answers('payment')).toBe(true);
  });

  it('counts for nothing where the fault is over before it is ready', async () => {
    const port = managementPortOf(shop.target.instance.ports, 'payment');
    await shop.target.restart('payment', { env: { READY_ONLY_AT: String(port) } });
    const injected = shop.inject('replica', { process: 'payment' });
    await waitFor('it was started', WITHIN_MS, async () => marked(mark()).length > 0);
    await shop.heal();
    await injected;
    expect([shop.counted.get('replicas.ready'), shop.notes]).toEqual([
      undefined,
      ['payment-2 was not ready before the fault was over'],
    ]);
  });

  it('can be frozen by its name, and ends nevertheless', async () => {
    await shop.inject('replica', { process: 'payment' });
    await shop.inject('process-pause', { process: 'payment-2' });
    expect(marked(mark()).map((one) => statOf(one.pid)?.state)).toEqual(['T', 'T']);
    expect(await shop.answers('payment')).toBe(true);
    // A runner that died undoes the pause, too; nothing may depend on it.
    const began = performance.now();
    await undoOf('end-marked').run(shop.target, { mark: mark() });
    expect([marked(mark()), performance.now() - began < 8_000]).toEqual([[], true]);
  });
});

describe('bad-release', () => {
  it('is a second process that ends by itself; the first one answers all along', async () => {
    await shop.inject('bad-release', { process: 'payment', env: { FAILPOINTS_MODULE: '/nowhere.js' } });
    expect(shop.notes).toEqual(['payment-2 ended with exit code 1']);
    expect(shop.counted.get('release.refused')).toBe(1);
    expect([await shop.answers('payment'), marked(markOf('small', 'payment-2'))]).toEqual([true, []]);
    await shop.heal();
    expect(await shop.answers('payment')).toBe(true);
  });
});

describe('variant', () => {
  it('is what the process runs with, until the end of the run', async () => {
    await shop.inject('variant', { process: 'payment', variants: ['one-pool', 'errors-tell-all'] });
    const variants = async () => (await shop.target.status('payment')).variants;
    expect(await variants()).toEqual(['one-pool', 'errors-tell-all']);
    await shop.journal.undo();
    expect(await variants()).toEqual([]);
  });
});
