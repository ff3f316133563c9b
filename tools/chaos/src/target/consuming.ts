import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { withAdmin } from '../stores/kafka.ts';

/** Processes that have a consumer group of their name. */
const GROUPS: readonly string[] = ['order', 'inventory', 'order-query', 'recommendation'];

/** Until those of them that consume have their partitions: ready does not say so (order is ready without Kafka). */
export async function consuming(brokers: string, names: readonly string[], withinMs: number): Promise<void> {
  const groups = names.filter((name) => GROUPS.includes(name));
  if (groups.length === 0) return;
  await withAdmin(brokers, (admin) =>
    waitFor(`${groups.join(', ')} consume`, withinMs, async () => {
      const { groups: found } = await admin.describeGroups(groups);
      return found.every(({ state, members }) => state === 'Stable' && members.length > 0);
    }),
  );
}
