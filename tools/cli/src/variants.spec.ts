import { describe, expect, it } from '@jest/globals';
import { VARIANTS } from '@souk/config';
import { requireVariants } from './variants.ts';

describe('the variants that a command passes on', () => {
  it.each([undefined, '', ' , ', 'breaker-off', 'breaker-off, one-pool,'])('may be %j', async (given) =>
    expect(await requireVariants(given)).toBeUndefined(),
  );

  it('are refused where one does not exist, with those that may have been meant', async () => {
    await expect(requireVariants('one-pool,breaker-of')).rejects.toMatchObject({
      message: 'there is no variant breaker-of; no service was started or stopped',
      fix: 'correct or unset SOUK_VARIANTS; like it are breaker-off',
    });
    await expect(requireVariants('xxxx')).rejects.toMatchObject({
      fix: `correct or unset SOUK_VARIANTS; there are ${Object.keys(VARIANTS).join(', ')}`,
    });
  });

  it('need no build where there are none', async () => {
    const load = () => Promise.reject(new Error('not built'));
    await expect(requireVariants('', load)).resolves.toBeUndefined();
    await expect(requireVariants('breaker-off', load)).rejects.toThrow('not built');
  });
});
