import { describe, expect, it } from '@jest/globals';
import { CHANGE, CHANGE_WITH_SNAPSHOTS } from './order-sql.js';
import { unguarded } from './order-store.naive.js';

describe('the store without versions', () => {
  it.each([CHANGE, CHANGE_WITH_SNAPSHOTS])(
    'writes without looking, and passes over what another has written',
    (text) => {
      expect(text).toContain('o.xmin = i.seen');
      expect(unguarded(text)).not.toContain('i.seen');
      const append = /insert into order_events [^;]*?causation_id text\) on conflict do nothing\),/;
      expect([text, unguarded(text)].map((each) => append.test(each))).toEqual([false, true]);
    },
  );
});
