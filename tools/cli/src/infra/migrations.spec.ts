import { describe, expect, it } from '@jest/globals';
import { withPatience } from './migrations.ts';

const refusal = (code: string) => Object.assign(new Error(`refused with ${code}`), { code });

describe('a migration that finds a table locked', () => {
  /** Fails `times` times; counts the calls. */
  function aWork(times: number, code = '55P03') {
    const seen = { calls: 0 };
    const work = async (): Promise<string> => {
      seen.calls += 1;
      if (seen.calls <= times) throw refusal(code);
      return 'done';
    };
    return { seen, work };
  }

  it('is tried again', async () => {
    const { seen, work } = aWork(2);
    expect(await withPatience(work, 3)).toBe('done');
    expect(seen.calls).toBe(3);
  });

  it('is given up in the end, with what the database said', async () => {
    const { seen, work } = aWork(9);
    await expect(withPatience(work, 3)).rejects.toThrow('refused with 55P03');
    expect(seen.calls).toBe(3);
  });

  it('is not tried again when it is wrong', async () => {
    const { seen, work } = aWork(9, '42601');
    await expect(withPatience(work, 3)).rejects.toThrow('refused with 42601');
    expect(seen.calls).toBe(1);
  });
});
