import type pg from 'pg';
import { type Leadership, Lease } from './lease.js';

export interface SqlLeaseOptions {
  readonly db: Pick<pg.Pool, 'query'>;
  readonly name: string;
  /** Who asks; unique to the process. */
  readonly holder: string;
  readonly ttlMs: number;
}

const ACQUIRE = `insert into leader_leases as l (name, holder, epoch, expires_at)
  values ($1, $2, $4::bigint + 1, now() + $3 * interval '1 ms')
  on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at,
    epoch = greatest(l.epoch, $4::bigint) + 1
  where l.expires_at < now()
  returning epoch`;

const RENEW = `update leader_leases set expires_at = now() + $3 * interval '1 ms'
  where name = $1 and epoch = $2 and expires_at >= now()`;

const RELEASE = `update leader_leases set expires_at = '-infinity' where name = $1 and epoch = $2`;

/** A row of `leader_leases` (sql/election.sql). One clock counts, that of the database. */
export class SqlLease extends Lease {
  readonly ttlMs: number;

  constructor(private readonly options: SqlLeaseOptions) {
    super();
    this.ttlMs = options.ttlMs;
  }

  async acquire(above: number): Promise<Leadership | undefined> {
    const { db, name, holder } = this.options;
    const values = [name, holder, this.ttlMs, above];
    const { rows } = await db.query<{ epoch: string }>({ name: 'acquire-lease', text: ACQUIRE, values });
    return rows[0] && { epoch: Number(rows[0].epoch) };
  }

  async renew({ epoch }: Leadership): Promise<boolean> {
    const { db, name } = this.options;
    const { rowCount } = await db.query({ name: 'renew-lease', text: RENEW, values: [name, epoch, this.ttlMs] });
    return rowCount === 1;
  }

  async release({ epoch }: Leadership): Promise<void> {
    const { db, name } = this.options;
    await db.query({ name: 'release-lease', text: RELEASE, values: [name, epoch] });
  }
}
