import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { baseEnv, kafkaEnv } from './env.js';
import { ConfigError, loadConfig } from './load-config.js';

const env = { HTTP_PORT: '8101', MANAGEMENT_PORT: '9101' };

const errorOf = (run: () => unknown): ConfigError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error('expected a ConfigError');
};

describe('loadConfig', () => {
  it('parses numbers and lists and fills in the defaults', () => {
    const config = loadConfig(
      { ...baseEnv, ...kafkaEnv },
      { ...env, KAFKA_BROKERS: 'a:1, b:2', SOUK_VARIANTS: 'relay-cursor, ' },
    );
    expect(config).toMatchObject({
      SOUK_MODE: 'development',
      HTTP_PORT: 8101,
      LOG_LEVEL: 'info',
      HTTP_HOST: '127.0.0.1',
    });
    expect(config.KAFKA_BROKERS).toEqual(['a:1', 'b:2']);
    expect(config.SOUK_VARIANTS).toEqual(['relay-cursor']);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('refuses a variant that does not exist and names those that do', () => {
    expect(() => loadConfig(baseEnv, { ...env, SOUK_VARIANTS: 'relay-curser' })).toThrow(
      /SOUK_VARIANTS: there is no variant relay-curser; there is .*relay-cursor/s,
    );
  });

  it.each([
    ['', 10],
    ['0', 0],
    ['0.5', 0.5],
    ['25', 25],
    ['all', Infinity],
  ])('takes TRACES_PER_SECOND=%s for %s', (TRACES_PER_SECOND, rate) =>
    expect(loadConfig(baseEnv, { ...env, TRACES_PER_SECOND }).TRACES_PER_SECOND).toBe(rate),
  );

  it.each(['-1', 'some', '1e3', '.5', 'all of them'])('refuses TRACES_PER_SECOND=%s', (TRACES_PER_SECOND) =>
    expect(() => loadConfig(baseEnv, { ...env, TRACES_PER_SECOND })).toThrow(
      'TRACES_PER_SECOND: expected a number of 0 or more, or all',
    ),
  );

  it('keeps variables that nobody asked for out of the result', () => {
    expect(loadConfig(baseEnv, { ...env, HOME: '/root' })).not.toHaveProperty('HOME');
  });

  it('names every wrong variable with the way to fix it', () => {
    const error = errorOf(() => loadConfig({ ...baseEnv, ...kafkaEnv }, { HTTP_PORT: 'http', KAFKA_BROKERS: ' , ' }));
    expect(error.variables).toEqual(['HTTP_PORT', 'MANAGEMENT_PORT', 'KAFKA_BROKERS']);
    expect(error.message).toContain('MANAGEMENT_PORT: is missing; set it to the port of health checks, e.g. 9101');
    expect(error.message).toContain('KAFKA_BROKERS: expected at least one host:port');
  });

  it('takes an empty variable for a missing one', () => {
    expect(errorOf(() => loadConfig({ DATABASE_URL: z.url() }, { DATABASE_URL: '' })).message).toContain('is missing');
  });

  it('never shows a value', () => {
    const error = errorOf(() => loadConfig({ DATABASE_URL: z.url() }, { DATABASE_URL: 'hunter2' }));
    expect(error.message).not.toContain('hunter2');
  });

  it.each([{ SOUK_VARIANTS: 'relay-cursor' }, { SOUK_FAILPOINTS: 'relay.after-send=crash' }])(
    'refuses %j in production mode',
    (extra) => {
      const given = loadConfig(baseEnv, { ...env, ...extra });
      expect([...given.SOUK_VARIANTS, given.SOUK_FAILPOINTS].filter(Boolean)).toEqual(Object.values(extra));
      const error = errorOf(() => loadConfig(baseEnv, { ...env, ...extra, SOUK_MODE: 'production' }));
      expect(error.variables).toEqual(Object.keys(extra));
    },
  );
});
