import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

export interface BenchDatabase {
  readonly url: string;
  /** A pool of its own for whoever is measured; closed with the database. */
  pool(connections: number): pg.Pool;
  drop(): Promise<void>;
}

/** A fresh database on the shop's server, with the up parts of a service's migrations. */
export async function createBenchDatabase(pgUrl: string, name: string, migrations: string): Promise<BenchDatabase> {
  const database = `bench_${name}_${randomBytes(4).toString('hex')}`;
  await asAdmin(pgUrl, `create database ${database}`);
  const url = new URL(pgUrl);
  url.pathname = `/${database}`;
  const pools: pg.Pool[] = [];
  const pool = (max: number): pg.Pool => {
    const opened = new pg.Pool({ connectionString: url.href, max, types });
    opened.on('error', () => undefined);
    pools.push(opened);
    return opened;
  };
  const drop = async (): Promise<void> => {
    await Promise.all(pools.map((opened) => opened.end()));
    await asAdmin(pgUrl, `drop database if exists ${database} with (force)`);
  };
  const files = readdirSync(migrations).filter((file) => file.endsWith('.sql'));
  const setUp = pool(1);
  for (const file of files.sort()) {
    const [up = ''] = readFileSync(join(migrations, file), 'utf8').split(/^-- Down Migration/m);
    await setUp.query(up);
  }
  return { url: url.href, pool, drop };
}

async function asAdmin(pgUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: pgUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const INT8 = 20;
/** bigint columns arrive as numbers, as in the services. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text'),
};
