import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  armFailpoints,
  configureFailpoints,
  definePoint,
  failpoint,
  listFailpoints,
  reportFailpoints,
} from './failpoints.js';

afterEach(() => void configureFailpoints(''));

describe('failpoints', () => {
  it('are inert until configured', async () => {
    await expect(failpoint('order.after-commit')).resolves.toBeUndefined();
  });

  it('throw at every hit, other points pass', async () => {
    configureFailpoints('order.after-commit=throw');
    await expect(failpoint('order.after-commit')).rejects.toThrow('failpoint order.after-commit');
    await expect(failpoint('order.after-commit')).rejects.toThrow();
    await expect(failpoint('relay.after-send')).resolves.toBeUndefined();
  });

  it('fire at the named hit only', async () => {
    configureFailpoints('relay.after-send=throw@2');
    await failpoint('relay.after-send');
    await expect(failpoint('relay.after-send')).rejects.toThrow();
    await failpoint('relay.after-send');
  });

  it('sleep', async () => {
    configureFailpoints('a=sleep:20, b=throw');
    const before = performance.now();
    await failpoint('a');
    expect(performance.now() - before).toBeGreaterThanOrEqual(15);
  });

  it('crash like a lost machine', () => {
    const module = new URL('../dist/failpoints.js', import.meta.url).href;
    const code = `import { configureFailpoints, failpoint } from '${module}';
      process.on('exit', () => console.log('tidied up'));
      configureFailpoints('a=crash');
      await failpoint('a');`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect([child.signal, child.stdout]).toEqual(['SIGKILL', '']);
  });

  it.each(['x', 'x=explode', 'x=sleep', 'x=throw@', '=throw'])('refuse %j', (spec) => {
    expect(() => configureFailpoints(spec)).toThrow('is not understood');
  });

  it('are listed with what they do', () => {
    definePoint('relay.after-send', 'after the broker acknowledged, before the rows are deleted');
    expect(listFailpoints()).toContainEqual({
      name: 'relay.after-send',
      description: expect.stringContaining('before'),
    });
  });

  it('tells which of the armed points this process has', () => {
    definePoint('test.here', 'a point of this spec');
    expect(configureFailpoints('test.here=throw,test.elsewhere=throw')).toEqual({
      armed: ['test.here'],
      unknown: ['test.elsewhere'],
    });
    expect(configureFailpoints('')).toEqual({ armed: [], unknown: [] });
  });
});

describe('failpoints armed while the process runs', () => {
  const of = (name: string) => reportFailpoints().find((point) => point.name === name);
  definePoint('run.a', 'a point of this spec');
  definePoint('run.b', 'another');

  it('cannot be armed in a process that was started without them', () => {
    expect(() => armFailpoints('run.a=throw')).toThrow('SOUK_FAILPOINTS=on');
    expect(() => armFailpoints('')).toThrow('inert');
  });

  it('count while enabled, count nothing while inert', async () => {
    await failpoint('run.a');
    expect(of('run.a')).toEqual({ name: 'run.a', description: 'a point of this spec', hits: 0, fired: 0 });
    configureFailpoints('on');
    await failpoint('run.a');
    expect(of('run.a')).toMatchObject({ hits: 1, fired: 0 });
    expect(of('run.b')).toMatchObject({ hits: 0 });
  });

  it('count the hit to fire at from the moment of arming', async () => {
    configureFailpoints('on');
    for (let hit = 0; hit < 3; hit++) await failpoint('run.a');
    armFailpoints('run.a=throw@2');
    expect(of('run.a')).toMatchObject({ armed: 'throw@2', hits: 3 });
    await failpoint('run.a');
    await expect(failpoint('run.a')).rejects.toThrow('failpoint run.a');
    await failpoint('run.a');
    expect(of('run.a')).toMatchObject({ armed: 'throw@2', hits: 6, fired: 1 });
  });

  it('replace those armed before; an empty text disarms and leaves them enabled', async () => {
    configureFailpoints('run.a=throw');
    armFailpoints('run.b=sleep:5');
    await failpoint('run.a');
    expect([of('run.a')?.armed, of('run.b')?.armed]).toEqual([undefined, 'sleep:5']);
    armFailpoints('');
    await failpoint('run.b');
    expect(of('run.b')).toMatchObject({ hits: 1, fired: 0 });
    expect(of('run.b')?.armed).toBeUndefined();
  });

  it('refuse a point of another process, and change nothing', () => {
    configureFailpoints('run.a=throw');
    expect(() => armFailpoints('run.b=throw,run.elsewhere=throw')).toThrow('no failpoint run.elsewhere');
    expect(() => armFailpoints('nonsense')).toThrow('is not understood');
    expect([of('run.a')?.armed, of('run.b')?.armed]).toEqual(['throw', undefined]);
  });
});
