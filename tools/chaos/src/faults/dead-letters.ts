import type { DeadLetterList } from '@souk/contracts';
import { z } from 'zod';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import type { WayBack } from '../run/journal.ts';
import { GROUP_NAMES, type Group } from '../stores/consumer-groups.ts';
import { brokersOf, lagOf } from '../stores/kafka.ts';
import type { Target } from '../target/target.ts';
import { topicName } from './topics.ts';
import { type StoredUndo, undo } from './undo.ts';

const TAKEN_IN_WITHIN_MS = 60_000;
const SOURCE = '/souk/chaos';

const parameters = z.object({ group: z.enum(GROUP_NAMES), topic: topicName, keys: z.array(z.string()) });
type Parameters = z.output<typeof parameters>;

/** What an operator does about messages that will never be good: they are given up, and what waited behind them goes on. */
export const giveUp = (group: Group, topic: string, keys: readonly string[]): WayBack => ({
  undo: 'give-up-poison',
  with: { group, topic, keys },
  says: `give up the poisoned messages that ${group} has set aside`,
});

export const DEAD_LETTER_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'give-up-poison': undo({ parameters, run: giveUpPoison }),
};

async function giveUpPoison(target: Target, { group, topic, keys }: Parameters): Promise<void> {
  // Set aside it is only when it has been tried in vain; until then there is nothing to find, and more may come.
  await waitFor(`${group} has looked at all of ${topic}`, TAKEN_IN_WITHIN_MS, async () => {
    return (await lagOf(brokersOf(target), group, topic)) === 0;
  });
  for (const { id } of await lettersOf(target, group, topic, keys)) {
    const token = await target.context.token('admin');
    if (!(await isOurs(target, group, id))) continue;
    await target.api.expect([200, 404], 'POST', `/api/admin/dead-letters/${group}/${id}/discard`, { token });
  }
}

async function lettersOf(target: Target, group: Group, topic: string, keys: readonly string[]) {
  const token = await target.context.token('admin');
  const path = `/api/admin/dead-letters?service=${group}&topic=${topic}&limit=500`;
  const { items, missing } = await target.api.expect<DeadLetterList>([200], 'GET', path, { token });
  if (missing.length > 0) throw new Error(`${group} does not tell its dead letters`);
  return items.filter(({ key }) => keys.includes(key));
}

/** A real message of the same order may have become a dead letter, too: that one is not ours to throw away. */
async function isOurs(target: Target, group: Group, id: string): Promise<boolean> {
  const token = await target.context.token('admin');
  const path = `/api/admin/dead-letters/${group}/${id}`;
  const { status, body } = await target.api.send<{ headers?: Record<string, string> }>('GET', path, { token });
  return status === 200 && body.headers?.['ce_source'] === SOURCE;
}
