import { describe, expect, it } from '@jest/globals';
import { requireLoopback } from './host.ts';

const at = (urls: Record<string, string>) => () => requireLoopback({ instance: 'default', urls });

describe('what may be broken', () => {
  it.each<Record<string, string>>([
    { KAFKA_URL: '127.0.0.1:19092,localhost:19093', PG_URL: 'postgres://postgres:p%40ss@127.0.0.1:19432/postgres' },
    { MONGO_URL: 'mongodb://127.0.0.1:19017', VALKEY_URL: 'redis://:secret@[::1]:19379', SOUK_INSTANCE: 'far.example' },
  ])('is on this machine: %j', (urls) => expect(at(urls)).not.toThrow());

  it.each<Record<string, string>>([
    { KAFKA_URL: '127.0.0.1:19092,kafka.example:9092' },
    { PG_URL: 'postgres://postgres@db.example:5432/postgres' },
    { MONGO_URL: 'mongodb://10.0.0.7:27017' },
    { PG_URL: 'postgres://postgres@127.0.0.1:5432/postgres?host=db.example' },
    { PG_URL: 'postgres://postgres@127.0.0.1:5432/postgres?hostaddr=10.0.0.5' },
    { GATEWAY_URL: 'http://localhost.example:8080' },
  ])('is nowhere else: %j', (urls) => expect(at(urls)).toThrow(`${Object.keys(urls)[0]} is at `));
});
