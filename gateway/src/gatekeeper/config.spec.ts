import { describe, expect, it } from '@jest/globals';
import { baseEnv } from '@souk/config';
import { gatewayEnv } from '../config.js';
import { gatekeeperEnv, readConfig } from './config.js';

const env = {
  HTTP_PORT: '8090',
  MANAGEMENT_PORT: '9091',
  GATEWAY_URL: 'http://gateway:8080',
  GATEKEEPER_KEY_FILE: '/keys',
  PUBLIC_URL: 'https://shop.test',
};

describe('the configuration of the gatekeeper in a process of its own', () => {
  it('GK-2 knows no store, no broker, no provider and no service but the gateway', () => {
    const own = Object.keys(gatekeeperEnv).filter((name) => !(name in baseEnv));
    expect(own.sort()).toEqual([
      'GATEKEEPER_KEY_FILE',
      'GATEWAY_URL',
      'PASSED_HEADERS',
      'PUBLIC_URL',
      'TLS_CERT_FILE',
      'TLS_KEY_FILE',
      'TRUSTED_PROXIES',
    ]);
    const credentials = /(VALKEY|KAFKA|MONGO|DATABASE|PG|OIDC|SESSION|SIGNING|SECRET|PASSWORD|API_KEYS)/;
    expect(Object.keys(gatewayEnv).filter((name) => credentials.test(name)).length).toBeGreaterThan(5);
    expect(own.filter((name) => credentials.test(name))).toEqual([]);
  });

  it('GK-2 takes nothing of them from an environment that has them', () => {
    const config = readConfig({ ...env, VALKEY_URL: 'redis://x', KAFKA_BROKERS: 'x:1', SESSION_KEY_FILE: '/s' });
    expect(JSON.stringify(config)).not.toMatch(/redis|x:1|"\/s"/);
  });

  it.each([
    ['PUBLIC_URL', 'https://shop.test/path'],
    ['GATEWAY_URL', 'ftp://gateway'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TLS_CERT_FILE', '/only/the/certificate'],
    ['PASSED_HEADERS', 'X-Canary'],
  ])('refuses %s %s', (name, value) => {
    expect(() => readConfig({ ...env, [name]: value })).toThrow(name === 'TLS_CERT_FILE' ? 'TLS_KEY_FILE' : name);
  });
});
