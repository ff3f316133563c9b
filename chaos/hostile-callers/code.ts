import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ExperimentCode } from '../../tools/chaos/src/experiment/code.ts';
import { kind } from '../../tools/chaos/src/faults/faults.ts';
import type { Fault } from '../../tools/chaos/src/faults/fault.ts';
import { repeat } from '../../tools/chaos/src/faults/repeat.ts';

const MOST_ROUNDS = 1_000;

/** All of them lead to order-query, for administrators; the last ones only for who decodes a path more than once. */
const ADDRESSES = [
  '/api/admin/orders',
  '/api/admin/reports/days',
  '/api/admin/reports/products',
  '/api/%2561dmin/orders',
  '/%2561pi/admin/reports/days',
];

const parameters = z.strictObject({ perSecond: z.int().min(5).max(100) });
type Parameters = z.output<typeof parameters>;

const hostileCalls: Fault<Parameters> = {
  kind: 'hostile-calls',
  summary: 'a customer tries what is for administrators, in several spellings',
  on: ['host', 'k8s'],
  parameters,
  says: ({ perSecond }) => `a customer tries doors of administrators ${perSecond} times a second`,
  async inject({ target, count, background, until }, { perSecond }) {
    const token = await target.context.token(`stranger-${randomUUID().slice(0, 8)}`);
    let tried = 0;
    const round = async (): Promise<void> => {
      const address = ADDRESSES[tried % ADDRESSES.length] ?? '/';
      tried += 1;
      await target.api.send('GET', address, { token });
      count('hostile-tried');
    };
    background(repeat({ everyMs: 1_000 / perSecond, times: MOST_ROUNDS, until }, () => round().catch(() => undefined)));
  },
};

export const code: ExperimentCode = { faults: [kind(hostileCalls)] };
