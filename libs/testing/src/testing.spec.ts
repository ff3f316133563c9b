import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testInfra } from './infra.js';
import { uniqueTopic } from './topic.js';
import { waitFor } from './wait-for.js';

describe('testInfra', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'souk-'));
    mkdirSync(join(home, 'instances/default'), { recursive: true });
    mkdirSync(join(home, 'instances/test'), { recursive: true });
    const urls = (port: number) =>
      JSON.stringify({ KAFKA_URL: `127.0.0.1:${port}`, PG_URL: 'postgres://pg', MONGO_URL: 'mongodb://m' });
    writeFileSync(join(home, 'instances/default/env.json'), urls(1));
    writeFileSync(join(home, 'instances/test/env.json'), urls(2));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('reads the running instance', () => {
    expect(testInfra({ SOUK_HOME: home })).toEqual({
      kafkaBrokers: ['127.0.0.1:1'],
      pgUrl: 'postgres://pg',
      mongoUrl: 'mongodb://m',
    });
    expect(testInfra({ SOUK_HOME: home, SOUK_INSTANCE: 'test' }).kafkaBrokers).toEqual(['127.0.0.1:2']);
  });

  it('prefers the environment, one by one', () => {
    const infra = testInfra({ SOUK_HOME: home, KAFKA_URL: 'kafka://a:1,b:2' });
    expect([infra.kafkaBrokers, infra.pgUrl]).toEqual([['a:1', 'b:2'], 'postgres://pg']);
  });

  it('says what to do when nothing runs', () => {
    expect(() => testInfra({ SOUK_HOME: home, SOUK_INSTANCE: 'other' })).toThrow('Run ./souk up');
  });
});

describe('waitFor', () => {
  it('gives the first truthy value, errors count as not yet', async () => {
    let tries = 0;
    const value = await waitFor(() => (++tries < 3 ? Promise.reject(new Error('no')) : tries), {
      timeoutMs: 1_000,
      what: 'it',
    });
    expect(value).toBe(3);
  });

  it('names what it waited for and why it was in vain', async () => {
    const promise = waitFor(() => Promise.reject(new Error('no rows')), { timeoutMs: 30, what: 'the order' });
    await expect(promise).rejects.toMatchObject({ message: 'waited 30 ms for the order', cause: new Error('no rows') });
  });
});

describe('uniqueTopic', () => {
  it('never repeats', () => expect(uniqueTopic('a')).not.toBe(uniqueTopic('a')));
});
