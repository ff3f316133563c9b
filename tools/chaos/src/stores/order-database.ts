import { connected } from '../../../cli/src/infra/databases.ts';
import type { Target } from '../target/target.ts';

/** States in which an order waits for nothing. */
const AT_REST = ['confirmed', 'rejected', 'cancelled', 'refunded', 'shipped'];

/** Ids of orders that are under way, the newest first. */
export function openOrders({ context }: Pick<Target, 'context'>, most: number): Promise<string[]> {
  return connected(context.urls['ORDER_READ_DATABASE_URL'] ?? '', async (client) => {
    const text = 'select order_id from orders where status <> all($1) order by created_at desc limit $2';
    const { rows } = await client.query<{ order_id: string }>(text, [AT_REST, most]);
    return rows.map(({ order_id }) => order_id);
  });
}
