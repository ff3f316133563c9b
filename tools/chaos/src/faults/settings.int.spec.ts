import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureSettings, settingsFile } from '../../../cli/src/config/files.ts';
import { openInstance } from '../../../cli/src/instance.ts';
import { Trial } from './injecting.mother.ts';
import { addProcess, marked, markOf } from './marks.ts';
import { useOwnHome } from './own-home.mother.ts';
import { undoOf } from './undos.ts';

useOwnHome();

describe('faults of settings', () => {
  let trial: Trial;
  const file = (name: string): string => settingsFile(openInstance('broken'), name);
  const bytes = (name: string): string => readFileSync(file(name), 'base64');

  beforeEach(() => {
    const instance = openInstance('broken');
    rmSync(instance.dir, { recursive: true, force: true });
    mkdirSync(instance.dir, { recursive: true });
    ensureSettings(instance);
    // Nobody runs, so nobody is waited for.
    const process = async (name: string) => ({ name, pid: null, ready: false, restarts: 0 });
    trial = new Trial({ urls: {}, instance: 'broken', verbs: { process } });
  });
  afterEach(() => trial.heal());

  it.each(['garbage', 'unknown-key', 'wrong-type', 'cut-off', 'missing'])(
    'a file that became bad (%s) has the bytes of before again, however often it is undone',
    async (becomes) => {
      writeFileSync(file('gateway'), '# ours: ä\r\nreadOnly: false\n');
      const good = bytes('gateway');
      await trial.inject('config-bad', { document: 'gateway', becomes });
      expect(existsSync(file('gateway')) && bytes('gateway')).not.toBe(good);
      await trial.undo();
      expect(bytes('gateway')).toBe(good);
      await trial.undo();
      expect(bytes('gateway')).toBe(good);
    },
  );

  it('routes that nobody had written are nowhere again', async () => {
    expect(existsSync(file('routes'))).toBe(false);
    await trial.inject('config-bad', { document: 'routes', text: 'routes: 7' });
    expect(readFileSync(file('routes'), 'utf8')).toBe('routes: 7');
    await trial.undo();
    expect(existsSync(file('routes'))).toBe(false);
    await trial.undo();
    expect(existsSync(file('routes'))).toBe(false);
  });

  it('what was never changed, or has been changed by somebody else since, is left alone', async () => {
    await trial.inject('config-bad', { document: 'order' });
    writeFileSync(file('order'), 'returnDays: 3\n');
    await trial.undo();
    expect(readFileSync(file('order'), 'utf8')).toBe('returnDays: 3\n');
  });

  it('good changes stand in the file, each document once, and go', async () => {
    const good = bytes('order');
    await trial.inject('config-change', {
      settings: { 'order.returnDays': 3, 'order.snapshotEvery': null, 'catalog.cacheListSeconds': 9 },
    });
    expect(readFileSync(file('order'), 'utf8')).toMatch(/^returnDays: 3$/m);
    expect(readFileSync(file('order'), 'utf8')).not.toMatch(/^snapshotEvery/m);
    expect(readFileSync(file('catalog'), 'utf8')).toMatch(/^cacheListSeconds: 9$/m);
    expect(trial.waysBack.map(({ says }) => says)).toEqual(['restore order.yaml', 'restore catalog.yaml']);
    await trial.undo();
    expect(bytes('order')).toBe(good);
  });

  it('changes that a process would refuse are not made, none of them', async () => {
    const good = bytes('order');
    const settings = { 'order.returnDays': 3, 'gateway.readOnly': 'perhaps' };
    await expect(trial.inject('config-change', { settings })).rejects.toThrow('gateway would refuse these settings');
    expect(bytes('order')).toBe(good);
    expect(trial.waysBack).toEqual([]);
  });

  it.each([
    ['the last one first', [2, 1, 0]],
    ['the first one first', [0, 1, 2]],
    ['the one in the middle first', [1, 0, 2]],
    ['the one in the middle last', [2, 0, 1]],
    ['the first one last', [1, 2, 0]],
  ])('three changes of one file are gone, undone in any order: %s', async (_, order) => {
    const good = bytes('order');
    for (const days of [3, 4, 5]) await trial.inject('config-change', { settings: { 'order.returnDays': days } });
    for (const index of order) await trial.undoOne(index);
    expect(bytes('order')).toBe(good);
    // Once more, as a runner that died between the change and its note does.
    await trial.undo();
    expect(bytes('order')).toBe(good);
  });

  it('while a change lies over another, that one goes without a trace and the upper one stays', async () => {
    await trial.inject('config-change', { settings: { 'order.returnDays': 3 } });
    await trial.inject('config-change', { settings: { 'order.returnDays': 4 } });
    await trial.undoOne(0);
    expect(readFileSync(file('order'), 'utf8')).toMatch(/^returnDays: 4$/m);
  });

  it('a second process gets a share of the callers, and none of them when it is over', async () => {
    const mark = markOf('broken', 'catalog-2');
    addProcess(mark, { command: 'sleep', args: ['60'], env: { HTTP_PORT: '10999' } });
    try {
      await trial.inject('canary', { upstream: 'catalog', weight: 40 });
      const text = readFileSync(file('routes'), 'utf8');
      expect(text).toContain('http://127.0.0.1:10999');
      expect(text).toContain('weight: 40');
      await trial.heal();
      expect(existsSync(file('routes'))).toBe(false);
    } finally {
      await undoOf('end-marked').run(trial.target, { mark });
    }
    expect(marked(mark)).toEqual([]);
  });

  it('nobody is sent to a second process that is not there', async () => {
    await expect(trial.inject('canary', { upstream: 'catalog' })).rejects.toThrow('no second catalog runs');
    expect(trial.waysBack).toEqual([]);
  });

  it('RTE-3 a bad version is there, has a share of the callers, and is gone with the fault', async () => {
    await trial.inject('canary-bad', { upstream: 'catalog', weight: 25, answers: 503 });
    const text = readFileSync(file('routes'), 'utf8');
    const [, url = ''] = /^[^#]*(http:\/\/127\.0\.0\.1:\d+)/m.exec(text) ?? [];
    expect(text).toContain('weight: 25');
    expect((await fetch(`${url}/products`)).status).toBe(503);
    await trial.heal();
    await expect(fetch(url)).rejects.toThrow();
    expect(existsSync(file('routes'))).toBe(false);
  });
});
