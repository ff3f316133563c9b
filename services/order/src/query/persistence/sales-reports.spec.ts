import { describe, expect, it } from '@jest/globals';
import { SalesReports } from './sales-reports.js';
import type { Views } from './views.js';

describe('a report', () => {
  it.each(['products', 'days'] as const)(
    'is of one generation, also while readers go over to another: %s',
    async (kind) => {
      const read: string[] = [];
      let generations = 0;
      const nothing = { toArray: async () => [] };
      const views = {
        recent: async () => ({ active: `generation ${++generations}` }),
        generation: (name: string) => ({ sales: { aggregate: () => (read.push(name), nothing) } }),
        products: { find: () => nothing },
      };
      await new SalesReports(views as unknown as Views)[kind]({ from: '2026-01-01', to: '2026-01-02' });
      expect(read).toEqual(['generation 1', 'generation 1']);
    },
  );
});
