import { z } from 'zod';
import { dropTriggers, loseOutbox, OUTBOX_TRIGGERS, WITH_OUTBOX } from '../stores/outbox-triggers.ts';
import { ownerUrl } from '../stores/postgres.ts';
import type { Fault } from './fault.ts';
import { topicName } from './topics.ts';
import { type StoredUndo, undo } from './undo.ts';

const parameters = z.strictObject({
  service: z.enum(WITH_OUTBOX).default('order'),
  topic: topicName.default('inventory.commands.v1'),
  percent: z.number().min(1).max(100).default(100),
});
type Parameters = z.output<typeof parameters>;

/** What a restored backup, a hand in the database or a bug can do: the order waits for an answer to what nobody was asked. */
export const outboxLoss: Fault<Parameters> = {
  kind: 'outbox-loss',
  summary: 'messages that a service has decided to send are lost before they are in its outbox',
  on: ['host', 'k8s'],
  parameters,
  says: ({ service, topic, percent }) => `${percent} % of what ${service} sends to ${topic} lost`,
  async inject({ target, journal, note }, { service, topic, percent }) {
    await journal.before({
      undo: 'drop-outbox-triggers',
      with: { service, trigger: 'loss' },
      says: `let ${service} write its outbox again`,
    });
    await loseOutbox(ownerUrl(target, service), topic, percent / 100);
    note(`${percent} % of the messages for ${topic} are lost from now on`);
  },
};

export const OUTBOX_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'drop-outbox-triggers': undo({
    // A journal of before has no trigger in it, and means both.
    parameters: z.object({ service: z.enum(WITH_OUTBOX), trigger: z.enum(OUTBOX_TRIGGERS).optional() }),
    run: async (target, { service, trigger }) => void (await dropTriggers(ownerUrl(target, service), trigger)),
  }),
};
