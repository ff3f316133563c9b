import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { WayBack } from '../run/journal.ts';
import { WITH_OUTBOX, type WithOutbox } from '../stores/outbox-triggers.ts';
import { ownerUrl, withSession } from '../stores/postgres.ts';
import type { Fault } from './fault.ts';
import { type StoredUndo, undo } from './undo.ts';

const LANES = 4;
const RELAY_ROUND_MS = 2_000;
/** What each service publishes to; the broker refuses rows that are larger than it takes. */
const TOPICS: Readonly<Record<WithOutbox, string>> = { order: 'order.events.v1', inventory: 'inventory.stock.v1' };

const parameters = z.strictObject({
  service: z.enum(WITH_OUTBOX).default('order'),
  /** `too-large`: 2 MiB, the broker takes 1. `no-topic`: there is none of this name. */
  because: z.enum(['too-large', 'no-topic']).default('too-large'),
});
type Parameters = z.output<typeof parameters>;

/** One in each lane of the outbox: a message that the broker will never take. */
export const outboxStuckRow: Fault<Parameters> = {
  kind: 'outbox-stuck-row',
  summary: 'the outbox has messages that no broker takes',
  on: ['host', 'k8s'],
  parameters,
  says: ({ service, because }) =>
    `${LANES} messages in the outbox of ${service} that ${because === 'too-large' ? 'are too large' : 'have no topic'}`,
  async inject({ target, journal, note }, { service, because }) {
    const key = `chaos-${randomUUID()}`;
    await journal.before(dropRows(service, key));
    const topic = because === 'too-large' ? TOPICS[service] : 'no.such.topic.v1';
    const bytes = because === 'too-large' ? 2 * 1024 * 1024 : 2;
    await withSession(ownerUrl(target, service), (client) =>
      client.query(
        `insert into outbox (lane, topic, key, headers, value)
         select lane, $1, $2, '{}', repeat('x', $3) from generate_series(0, ${LANES - 1}) as lane`,
        [topic, key, bytes],
      ),
    );
    note(`${LANES} messages that cannot be sent stand in the outbox of ${service}`);
  },
};

const dropRows = (service: WithOutbox, key: string): WayBack => ({
  undo: 'drop-outbox-rows',
  with: { service, key },
  says: `take what cannot be sent out of the outbox of ${service}`,
});

export const STUCK_ROW_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'drop-outbox-rows': undo({
    parameters: z.object({ service: z.enum(WITH_OUTBOX), key: z.string().startsWith('chaos-') }),
    run: async (target, { service, key }) => {
      await withSession(ownerUrl(target, service), async (client) => {
        const { rowCount } = await client.query('delete from outbox where key = $1', [key]);
        // A relay that has read the rows a moment ago still sets them aside.
        if (rowCount) await sleep(RELAY_ROUND_MS);
        await client.query('delete from outbox_parked where key = $1', [key]);
      });
    },
  }),
};
