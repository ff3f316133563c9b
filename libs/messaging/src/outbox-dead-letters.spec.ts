import { describe, expect, it } from '@jest/globals';
import { listRows } from './outbox-dead-letters.js';
import type { Queryable } from '@souk/outbox';

describe('refused outbox rows as dead letters', () => {
  it('are chosen by the database, so that the limit counts only those that are wanted', async () => {
    const asked: { text: string; values: unknown }[] = [];
    const query = async (text: string, values: unknown) => {
      asked.push({ text, values });
      return { rows: [] };
    };
    await listRows({ query } as unknown as Queryable, { topic: 't', key: 'k', limit: 5 });
    await listRows({ query } as unknown as Queryable, { limit: 5 });
    expect(asked.map(({ values }) => values)).toEqual([
      ['t', 'k', 5],
      [null, null, 5],
    ]);
    expect(asked[0]?.text).toMatch(/p\.topic = \$1[^]*p\.key = \$2[^]*limit \$3/);
  });
});
