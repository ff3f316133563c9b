import { describe, expect, it } from '@jest/globals';
import { loadContracts } from './contracts.ts';

const fails = (error: Error) => () => Promise.reject<never>(error);

describe('the contracts before the first build', () => {
  it('ask for a start of the shop', async () => {
    const missing = Object.assign(new Error('Cannot find module'), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(loadContracts('blue', fails(missing))).rejects.toMatchObject({
      message: 'the shop is not built yet',
      fix: './souk up --instance blue',
    });
  });

  it('do not hide another fault', async () => {
    await expect(loadContracts('default', fails(new SyntaxError('x')))).rejects.toThrow(SyntaxError);
  });
});
