import { describe, expect, it } from '@jest/globals';
import { command } from './logs.ts';

describe('souk logs', () => {
  const parse = (...args: string[]) =>
    command()
      .action(() => undefined)
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .parseAsync(args, { from: 'user' });

  it('does not promise an object after what has no end', async () => {
    await expect(parse('order', '-f', '--json')).rejects.toThrow('cannot be used with');
    expect((await parse('order', '--json')).opts()).toMatchObject({ json: true, follow: false });
    expect((await parse('order', '-f')).opts()).toMatchObject({ json: false, follow: true });
  });
});
