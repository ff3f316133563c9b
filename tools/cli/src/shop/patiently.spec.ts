import { describe, expect, it } from '@jest/globals';
import { ApiError } from './api-client.ts';
import { patiently } from './patiently.ts';

const refused = (status: number) => new ApiError('POST /api/admin/products', status, { code: 'some-code' });

describe('what may be sent again', () => {
  it('is, while the shop says that it has to wait', async () => {
    const answers = [refused(503), refused(429), 'taken'];
    let sent = 0;
    const send = async () => {
      const answer = answers[sent++];
      if (answer instanceof Error) throw answer;
      return answer;
    };
    expect([await patiently(send, 1_000, 1), sent]).toEqual(['taken', 3]);
  });

  it.each([
    ['another refusal', refused(409), 1_000],
    ['no answer at all', new Error('fetch failed'), 1_000],
    ['the time being over', refused(503), 0],
  ])('is not for %s', async (_why, error, withinMs) => {
    let sent = 0;
    const send = async () => {
      sent += 1;
      throw error;
    };
    await expect(patiently(send, withinMs, 1)).rejects.toBe(error);
    expect(sent).toBe(1);
  });
});
