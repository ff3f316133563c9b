import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { testInfra } from './infra.js';

export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Ends the pool and drops the database, other connections included. */
  drop(): Promise<void>;
}

/**
 * A fresh database (`test_<name>_<random>`) with the up part of every `*.sql` in each of the folders, in order of file name.
 * bigint columns arrive as numbers, as in the services.
 */
export async function createTestDatabase(name: string, ...migrations: string[]): Promise<TestDatabase> {
  const { pgUrl } = testInfra();
  const database = `test_${name.replaceAll(/[^a-z0-9]/gi, '_').toLowerCase()}_${randomBytes(4).toString('hex')}`;
  await asAdmin(pgUrl, `create database ${database}`);
  const url = new URL(pgUrl);
  url.pathname = `/${database}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 10, types });
  pool.on('error', () => undefined);
  const drop = async (): Promise<void> => {
    await pool.end();
    await asAdmin(pgUrl, `drop database if exists ${database} with (force)`);
  };
  try {
    for (const dir of migrations) for (const sql of await upMigrations(dir)) await pool.query(sql);
  } catch (error) {
    await drop();
    throw error;
  }
  return { url: url.href, pool, drop };
}

async function upMigrations(dir: string): Promise<string[]> {
  const files = (await readdir(dir)).filter((file) => file.endsWith('.sql')).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(dir, file), 'utf8')));
  return texts.map((text) => text.split(/^\s*--\s*Down Migration.*$/im, 1)[0] ?? '');
}

async function asAdmin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const INT8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text'),
};
