import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { controlFile } from './control-file.ts';
import { marked, markOf } from './marks.ts';
import { limitOf, memoryOf } from './resource-limits.ts';
import { cpuMsOf, SmallShop } from './test/small-shop.mother.ts';
import { undoOf } from './undos.ts';

const WITHIN_MS = 15_000;

let shop: SmallShop;
beforeEach(async () => void (shop = await SmallShop.open()));
afterEach(() => shop.close());

describe('crash-loop', () => {
  it('ends every life soon after its start, and lets it live again', async () => {
    await shop.inject('crash-loop', { process: 'payment', lives: '200ms' });
    await waitFor(
      'it has died three times',
      WITHIN_MS,
      async () => (await shop.target.process('payment')).restarts >= 3,
    );
    await shop.undoAgain();
    await shop.heal();
    await waitFor('it lives', WITHIN_MS, () => shop.answers('payment'));
    const living = await shop.pid('payment');
    await sleep(1_000);
    expect(await shop.pid('payment')).toBe(living);
  });
});

describe('cpu-stress', () => {
  it('blocks the event loop of one process for so much of its time', async () => {
    await shop.inject('cpu-stress', { process: 'payment', percent: 90, block: '400ms' });
    await shop.inject('cpu-stress', { process: 'identity', percent: 10, block: '50ms' });
    await waitFor('it is blocked', WITHIN_MS, async () => {
      const began = performance.now();
      await shop.ask('payment', '/who');
      return performance.now() - began > 150;
    });
    const pids = await Promise.all([shop.pid('payment'), shop.pid('identity')]);
    const [much = 0, little = 0] = pids.map(cpuMsOf);
    await sleep(2_000);
    // Whatever else keeps this machine busy, the one gets a multiple of the other.
    expect(cpuMsOf(pids[0]) - much).toBeGreaterThan(3 * (cpuMsOf(pids[1]) - little));
    expect(cpuMsOf(pids[1]) - little).toBeGreaterThan(20);
    expect(await shop.answers('identity')).toBe(true);
    await shop.heal();
    await undoOf('let-be').run(shop.target, { process: 'payment' });
    await waitFor('it is idle', WITHIN_MS, async () => {
      const before = cpuMsOf(await shop.pid('payment'));
      await sleep(500);
      return cpuMsOf(await shop.pid('payment')) - before < 100;
    });
  });

  it('ends a long block as soon as it is over', async () => {
    await shop.inject('cpu-stress', { process: 'payment', percent: 100, block: '20s' });
    await waitFor('it is blocked', WITHIN_MS, async () => (await shop.ask('payment', '/who', 300)).status === 0);
    await shop.heal();
    expect(await shop.answers('payment')).toBe(true);
  });

  it('keeps cores busy with processes that end with it', async () => {
    await shop.inject('cpu-stress', { workers: 2 });
    const mark = markOf('small', 'computing');
    await waitFor(
      'they compute',
      WITHIN_MS,
      async () => marked(mark).filter((one) => cpuMsOf(one.pid) > 200).length === 2,
    );
    await shop.heal();
    expect(marked(mark)).toEqual([]);
    await undoOf('end-marked').run(shop.target, { mark });
  });
});

describe('memory-limit', () => {
  it('ends a process that wants more, and gives back what it took', async () => {
    const before = await shop.pid('payment');
    await shop.inject('memory-limit', { process: 'payment', room: 16 });
    expect(limitOf(before, 'data')).toBeGreaterThan(memoryOf(before));
    await waitFor('it has died', WITHIN_MS, async () => (await shop.ask('payment', '/eat')).status === 0);
    const after = await shop.another('payment', before);
    expect((await shop.target.status('payment')).lastExit).toMatch(/SIGABRT|SIGTRAP|SIGSEGV|exit code 13\d/);
    expect(limitOf(after, 'data')).toBe('unlimited');
  });

  it('is taken back from a process that lives on', async () => {
    const living = await shop.pid('payment');
    await shop.inject('memory-limit', { process: 'payment', room: 500 });
    expect(limitOf(living, 'data')).not.toBe('unlimited');
    await shop.undoAgain();
    await shop.heal();
    expect([await shop.pid('payment'), limitOf(living, 'data')]).toEqual([living, 'unlimited']);
  });

  it('holds for the next lives where it is asked for', async () => {
    const before = await shop.pid('payment');
    await shop.inject('memory-limit', { process: 'payment', room: 16, everyLife: true });
    const limit = limitOf(before, 'data');
    process.kill(before, 'SIGKILL');
    const after = await shop.another('payment', before);
    await waitFor('it is limited, too', WITHIN_MS, async () => limitOf(after, 'data') === limit);
    await shop.heal();
    expect(limitOf(after, 'data')).toBe('unlimited');
  });

  it('has nothing to take back from one that is away', async () => {
    await shop.inject('memory-limit', { process: 'payment', room: 500 });
    await shop.target.stop('payment');
    await shop.heal();
    expect(shop.journal.entries).toEqual([]);
  });
});

describe('fd-limit', () => {
  it('lets a process open no more files, and then as many as ever', async () => {
    const files = limitOf(await shop.pid('payment'), 'nofile');
    await shop.inject('fd-limit', { process: 'payment', room: 3 });
    const kept = await Promise.all([1, 2, 3, 4].map(() => shop.ask('payment', '/open')));
    expect(kept.some(({ status }) => status !== 200)).toBe(true);
    await shop.heal();
    expect(limitOf(await shop.pid('payment'), 'nofile')).toBe(files);
    expect((await shop.ask('payment', '/open')).status).toBe(200);
  });
});

describe('failpoint', () => {
  const arm = 'toy.asked=throw';

  it('fails where it was armed, and nowhere after', async () => {
    await shop.inject('failpoint', { process: 'payment', arm });
    expect((await shop.ask('payment', '/work')).body).toEqual({ message: 'failpoint toy.asked' });
    await shop.undoAgain();
    await shop.heal();
    expect((await shop.ask('payment', '/work')).status).toBe(200);
  });

  it('is armed again in the next life', async () => {
    await shop.inject('failpoint', { process: 'payment', arm: 'toy.asked=crash', again: '500ms' });
    const deaths = async () => (await shop.target.process('payment')).restarts;
    await waitFor('it has died twice of it', WITHIN_MS, async () => {
      await shop.ask('payment', '/work');
      return (await deaths()) >= 2;
    });
    await shop.heal();
    await waitFor('it lives', WITHIN_MS, async () => (await shop.ask('payment', '/work')).status === 200);
  });

  it('can be armed from the start, in every life', async () => {
    await shop.inject('failpoint', { process: 'payment', arm, fromTheStart: true });
    const before = await shop.pid('payment');
    process.kill(before, 'SIGKILL');
    await shop.another('payment', before);
    expect((await shop.ask('payment', '/work')).status).toBe(500);
  });

  it('that the process lacks is refused at once', async () => {
    const refused = shop.inject('failpoint', { process: 'payment', arm: 'toy.elsewhere=throw' });
    await expect(refused).rejects.toThrow('no failpoint toy.elsewhere');
  });

  it('is disarmed in a process that has none, or is away', async () => {
    await undoOf('disarm').run(shop.target, { process: 'payment' });
    await shop.target.stop('payment');
    await undoOf('disarm').run(shop.target, { process: 'payment' });
  });
});

it('a control file that was never written does no harm', async () => {
  rmSync(controlFile('small', 'payment'), { force: true });
  await undoOf('let-be').run(shop.target, { process: 'payment' });
  expect(await shop.answers('payment')).toBe(true);
});
