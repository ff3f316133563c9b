import { describe, expect, it } from '@jest/globals';
import { embeddedNames, externalProbe, urlProvider } from './provider.ts';

describe('infrastructure providers', () => {
  it('embeds every server whose URL is not given', () => {
    expect(embeddedNames({})).toEqual(['kafka', 'postgres', 'mongo']);
    expect(embeddedNames({ PG_URL: 'postgres://db/x', MONGO_URL: '' })).toEqual(['kafka', 'mongo']);
  });

  it('takes given URLs as they are and starts nothing for them', async () => {
    const given = await urlProvider({ KAFKA_URL: 'k1:9092,k2:9092' }).provide('kafka');
    expect(given).toEqual({ name: 'kafka', url: 'k1:9092,k2:9092' });
  });

  it.each([
    ['kafka', 'k1:9093,k2:9093', 'k1', 9093],
    ['postgres', 'postgres://u:p@db.local/postgres', 'db.local', 5432],
    ['mongo', 'mongodb://m:27018/?replicaSet=r', 'm', 27_018],
  ] as const)('knows where to ask %s at %s for its health', (name, url, host, port) => {
    expect(externalProbe({ name, url })).toEqual({ host, probe: { protocol: name, port } });
  });
});
