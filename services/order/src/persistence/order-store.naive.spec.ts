import { describe, expect, it } from '@jest/globals';
import { CHANGE, CHANGE_WITH_SNAPSHOTS, LOCK } from './order-sql.js';
import { unguarded } from './order-store.naive.js';

describe('the store without versions', () => {
  it('takes no lock', () =>
    expect([LOCK, unguarded(LOCK)].map((text) => text.includes('for update'))).toEqual([true, false]));

  it.each([CHANGE, CHANGE_WITH_SNAPSHOTS])(
    'writes without looking, and passes over what another has written',
    (text) => {
      expect(text).toContain('o.version = i.expected');
      expect(unguarded(text)).not.toContain('i.expected');
      const append = /insert into order_events [^;]*?causation_id text\) on conflict do nothing\),/;
      expect([text, unguarded(text)].map((each) => append.test(each))).toEqual([false, true]);
    },
  );
});
