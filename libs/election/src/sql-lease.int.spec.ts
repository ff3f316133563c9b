import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@souk/testing';
import { leaseSuite } from './lease.suite.js';
import { FENCE_HOLDS, SqlFence } from './sql-fence.js';
import { SqlLease } from './sql-lease.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('election', join(import.meta.dirname, '../sql'));
});
afterAll(() => database.drop());

leaseSuite('PostgreSQL', (name, holder, ttlMs) => new SqlLease({ db: database.pool, name, holder, ttlMs }));

describe('a fence in PostgreSQL', () => {
  const fence = (name: string) => new SqlFence({ db: database.pool, name, holder: 'a' });
  const holds = async (name: string, epoch: number): Promise<boolean> => {
    const text = `with leader(name, epoch) as (values ($1, $2::bigint)), ${FENCE_HOLDS} select exists (select from fence) as holds`;
    return (await database.pool.query<{ holds: boolean }>(text, [name, epoch])).rows[0]?.holds ?? false;
  };

  it('lets a newer leader in, and never an older one or the same one again', async () => {
    expect(await fence('f').raise({ epoch: 5 })).toEqual({ accepted: true, newest: 5 });
    expect(await fence('f').raise({ epoch: 4 })).toEqual({ accepted: false, newest: 5 });
    expect(await fence('f').raise({ epoch: 5 })).toEqual({ accepted: false, newest: 5 });
    expect(await fence('f').raise({ epoch: 9 })).toEqual({ accepted: true, newest: 9 });
    expect([await holds('f', 5), await holds('f', 9), await holds('f', 10)]).toEqual([false, true, false]);
    expect(await holds('another', 9)).toBe(false);
  });

  it('lets one of ten in who come at once with the same epoch', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => fence('g').raise({ epoch: 1 })));
    expect(answers.filter(({ accepted }) => accepted)).toHaveLength(1);
  });

  it('remembers each term, and when it last wrote', async () => {
    await fence('h').raise({ epoch: 1 });
    const term = async () =>
      (await database.pool.query(`select holder, acted_at > began_at as acted from leader_terms where name = 'h'`))
        .rows;
    expect(await term()).toEqual([{ holder: 'a', acted: null }]);
    await holds('h', 1);
    expect(await term()).toEqual([{ holder: 'a', acted: true }]);
  });
});
