import { describe, expect, it } from '@jest/globals';
import type { Delivery, PgTx } from '@souk/outbox';
import { PgInbox, remember } from './inbox.js';

/** PostgreSQL refuses an index row of more bytes (54000). */
const INDEX_BYTES = 2_704;

describe('an id of 4 KB in the inbox', () => {
  const known = new Set<string>();
  const add = (id: string): boolean => {
    if (Buffer.byteLength(id) > INDEX_BYTES) throw new Error('index row size exceeds btree maximum');
    return !known.has(id) && known.add(id).has(id);
  };
  const tx = {
    query: async (given: string | { values: [string, string[]] }, values: string[] = []) =>
      typeof given === 'string'
        ? { rowCount: add(values[1] ?? '') ? 1 : 0 }
        : { rows: [{ fresh: given.values[1].filter(add), has_parked: false }] },
  } as unknown as PgTx;
  const delivery = (id: string) => ({ id }) as Delivery;
  const long = 'i'.repeat(4_096);

  it('is claimed once, and remembered under the same name', async () => {
    const inbox = new PgInbox();
    expect((await inbox.claim(tx, 'c', [delivery(long), delivery('short')])).fresh).toHaveLength(2);
    expect((await inbox.claim(tx, 'c', [delivery(long)])).fresh).toEqual([]);
    expect([await remember(tx, 'c', long), await remember(tx, 'c', `${long}i`)]).toEqual([false, true]);
  });
});
