import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { configureFailpoints, definePoint, failpoint, listFailpoints } from './failpoints.js';

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
    const module = new URL('./failpoints.ts', import.meta.url).href;
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
