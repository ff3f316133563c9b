import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { holdOutbox, WITH_OUTBOX } from '../stores/outbox-triggers.ts';
import { ownerUrl } from '../stores/postgres.ts';
import type { Fault } from './fault.ts';
import { saysTime } from './parameters.ts';

const parameters = z.strictObject({
  service: z.enum(WITH_OUTBOX).default('order'),
  upTo: seconds.pipe(z.number().min(10).max(2_000)).default(200),
});
type Parameters = z.output<typeof parameters>;

/** Ids of outbox rows are drawn long before they can be seen, so those who publish by them pass over some. */
export const outboxHold: Fault<Parameters> = {
  kind: 'outbox-hold',
  summary: 'transactions of a service overlap and take long, and commit in another order than their ids',
  on: ['host', 'k8s'],
  parameters,
  says: ({ service, upTo }) =>
    `transactions of ${service} held up for up to ${saysTime(upTo)} around their outbox rows`,
  async inject({ target, journal, note }, { service, upTo }) {
    await journal.before({
      undo: 'drop-outbox-triggers',
      with: { service, trigger: 'hold' },
      says: `let ${service} commit at once again`,
    });
    await holdOutbox(ownerUrl(target, service), upTo);
    note(`transactions of ${service} overlap`);
  },
};
