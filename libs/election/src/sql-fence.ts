// Pattern: Leader Election (fencing)
import type pg from 'pg';
import { Fence, type Leadership } from './lease.js';

export interface SqlFenceOptions {
  readonly db: Pick<pg.Pool, 'query'>;
  readonly name: string;
  readonly holder: string;
}

/** The term is written after the row lock of the fence was granted, hence after the last write of the leader before. */
const RAISE = `with raised as (
    insert into fences as f (name, epoch) values ($1, $2)
    on conflict (name) do update set epoch = excluded.epoch where f.epoch < excluded.epoch
    returning epoch),
  term as (
    insert into leader_terms (name, epoch, holder, began_at) select $1, epoch, $3, clock_timestamp() from raised
    returning epoch)
  select (select epoch from term) as mine, (select epoch from fences where name = $1) as before`;

/**
 * Expects a CTE `leader(name, epoch)` and gives a CTE `fence`: a row while that leader is the newest, none once it is deposed. The
 * share lock makes the next leader wait for this transaction; a write that follows the fence in the same transaction needs no
 * look of its own. The term remembers its last write, so that two leaders at once would be seen.
 */
export const FENCE_HOLDS = `fence as materialized (
    select f.name, f.epoch from fences f join leader l on l.name = f.name and l.epoch = f.epoch for share of f),
  acted as (
    update leader_terms t set acted_at = clock_timestamp() from fence f where t.name = f.name and t.epoch = f.epoch)`;

/** The tables `fences` and `leader_terms` (sql/election.sql) beside what the leader writes. */
export class SqlFence extends Fence {
  constructor(private readonly options: SqlFenceOptions) {
    super();
  }

  async raise({ epoch }: Leadership): Promise<{ accepted: boolean; newest: number }> {
    const { db, name, holder } = this.options;
    type Row = { mine: string | null; before: string | null };
    const { rows } = await db.query<Row>({ name: 'raise-fence', text: RAISE, values: [name, epoch, holder] });
    const accepted = rows[0]?.mine != null;
    return { accepted, newest: accepted ? epoch : Number(rows[0]?.before ?? 0) };
  }
}
