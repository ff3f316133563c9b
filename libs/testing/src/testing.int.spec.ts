import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { createTestDatabase } from './database.js';
import { testInfra } from './infra.js';
import { createTopic } from './topic.js';

const databases = async (): Promise<string[]> => {
  const client = new pg.Client({ connectionString: testInfra().pgUrl });
  await client.connect();
  const { rows } = await client.query('select datname from pg_database');
  await client.end();
  return rows.map((row) => row.datname);
};

describe('helpers on real servers', () => {
  it('make a database from the up parts of migrations and drop it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'migrations-'));
    await writeFile(
      join(dir, '0001_init.sql'),
      '-- Up Migration\ncreate table a (n bigint);\n-- Down Migration\ndrop table a;',
    );
    await writeFile(join(dir, '0002_more.sql'), 'insert into a values (7);');
    const db = await createTestDatabase('self-test', dir);
    expect((await db.pool.query('select n from a')).rows).toEqual([{ n: 7 }]);
    const name = new URL(db.url).pathname.slice(1);
    expect(await databases()).toContain(name);
    await db.drop();
    expect(await databases()).not.toContain(name);
    await rm(dir, { recursive: true });
  });

  it('make a topic and drop it', async () => {
    const topic = await createTopic('self-test', 2);
    const admin = new Kafka({ brokers: testInfra().kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic.name] });
    expect(topics[0]?.partitions).toHaveLength(2);
    await topic.drop();
    expect(await admin.listTopics()).not.toContain(topic.name);
    await admin.disconnect();
  });
});
