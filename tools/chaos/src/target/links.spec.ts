import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { writeAmbassadorConfig } from '../../../cli/src/ambassador-config.ts';
import { createInstance, type Instance, openInstance } from '../../../cli/src/instance.ts';
import { serviceSpecs } from '../../../cli/src/shop-processes.ts';
import { addressOf, LINKS, linkKinds, type Telling, toldInstead } from './links.ts';

const PROXY = { host: '127.0.0.1', port: 40_000 };

/** A shop with everything that it may have, as `up` would write it. */
function aShop(dir: string): Instance {
  const parts = { dir, secretsDir: join(dir, 'secrets'), dataDir: join(dir, 'data'), logsDir: join(dir, 'logs') };
  const shop: Instance = { ...openInstance('links'), ...parts, tracing: 'on', aggregation: true, gatekeeper: true };
  createInstance(shop);
  writeAmbassadorConfig(shop);
  return shop;
}

describe('the links of the shop', () => {
  const dir = mkdtempSync(join(tmpdir(), 'souk-links-'));
  const shop = aShop(dir);
  const { of, management } = shop.ports;
  const urls = {
    kafka: `127.0.0.1:${of.kafka}`,
    postgres: `postgres://postgres:secret@127.0.0.1:${of.postgres}/postgres`,
    mongo: `mongodb://127.0.0.1:${of.mongo}/?retryWrites=false`,
    valkey: `redis://127.0.0.1:${of.valkey}`,
  };
  const envs = new Map(serviceSpecs(shop, urls).map(({ name, env }) => [name, env]));
  const tellingOf = (client: string): Telling => ({
    env: envs.get(client) ?? {},
    read: (file) => readFileSync(file, 'utf8'),
  });

  afterAll(() => rmSync(dir, { recursive: true }));

  it.each(LINKS)('%s lead where the server listens, and through the proxy when the client is told so', (name) => {
    const [kind] = linkKinds(name);
    if (kind === undefined) throw new Error(`${name} is no link`);
    const { client, server } = kind;
    const telling = tellingOf(client);
    const ports: Readonly<Record<string, number>> = of;
    // The keys of its internal tokens are on the gateway's management port; behind a gatekeeper it listens in its place.
    const direct = client === 'gatekeeper' ? of.gatekeeper : server === 'gateway' ? management.gateway : ports[server];
    expect(addressOf(kind, telling)).toEqual({ host: '127.0.0.1', port: direct });
    const { env, files } = toldInstead(kind, telling, PROXY);
    const read = (file: string): string => files[file] ?? telling.read(file);
    const moved = { ...telling.env, ...env, ...Object.fromEntries(Object.keys(files).map((file) => [file, file])) };
    expect(addressOf(kind, { env: moved, read })).toEqual(PROXY);
    expect(Object.keys({ ...env, ...files })).not.toHaveLength(0);
  });

  it('leave as it is what else stands in an address', () => {
    const [mongo] = linkKinds('catalog->mongo');
    const [database] = linkKinds('order->postgres');
    const [ambassador] = linkKinds('ambassador->payment');
    if (!mongo || !database || !ambassador) throw new Error('these are links');
    expect(toldInstead(mongo, tellingOf('catalog'), PROXY).env['MONGO_URL']).toBe(
      'mongodb://127.0.0.1:40000/souk_catalog?retryWrites=false',
    );
    const url = toldInstead(database, tellingOf('order'), PROXY).files['DATABASE_URL_FILE'];
    expect(url).toMatch(/^postgres:\/\/order_app:[^@]+@127\.0\.0\.1:40000\/souk_order$/);
    const config = toldInstead(ambassador, tellingOf('ambassador'), PROXY).files['AMBASSADOR_CONFIG'];
    expect(config).toContain(`listen: 127.0.0.1:${of.ambassador}`);
    expect(config).toContain('url: http://127.0.0.1:40000\n');
  });

  it('move both addresses of the identity provider', () => {
    const [identity] = linkKinds('gateway->identity');
    if (!identity) throw new Error('this is a link');
    expect(toldInstead(identity, tellingOf('gateway'), PROXY).env).toEqual({
      OIDC_URL: 'http://127.0.0.1:40000',
      OIDC_CORPORATE_URL: 'http://127.0.0.1:40000/corporate',
    });
  });

  it('may have several clients', () => {
    expect(linkKinds('order+inventory->kafka').map(({ client }) => client)).toEqual(['order', 'inventory']);
    expect(() => linkKinds('order+gatekeeper->kafka')).toThrow('there is no link gatekeeper->kafka');
    expect(() => linkKinds('gateway')).toThrow('there is no link');
  });

  it('are none where the client is told no address, or several', () => {
    const [kind] = linkKinds('gateway->catalog');
    if (!kind) throw new Error('this is a link');
    const read = (): string => '';
    expect(() => addressOf(kind, { env: {}, read })).toThrow('gateway is told no address of catalog');
    const several = { CATALOG_URL: 'http://127.0.0.1:1,http://127.0.0.1:2' };
    expect(() => addressOf(kind, { env: several, read })).toThrow('127.0.0.1:1 and 127.0.0.1:2');
  });
});
