import { describe, expect, it } from '@jest/globals';
import { databaseUrls, sidecarsOf } from './addresses.ts';

describe('addresses of the databases of a cluster', () => {
  it('are those of all roles, at the port that this machine reaches', () => {
    const secrets = new Map<string, Record<string, string>>([
      ['postgres', { password: 'p@ss' }],
      ['postgres-roles', { 'postgres-order-read': 'r', 'postgres-order-owner': 'o' }],
    ]);
    expect(databaseUrls(secrets, '127.0.0.1:4')).toMatchObject({
      PG_URL: 'postgres://postgres:p%40ss@127.0.0.1:4/postgres',
      ORDER_READ_DATABASE_URL: 'postgres://order_read:r@127.0.0.1:4/souk_order',
      ORDER_OWNER_DATABASE_URL: 'postgres://order_owner:o@127.0.0.1:4/souk_order',
    });
  });
});

it('the management port of a sidecar is that of its pod', () => {
  const ambassador = {
    name: 'ambassador',
    ports: [
      { name: 'amb-http', containerPort: 1 },
      { name: 'amb-mgmt', containerPort: 2 },
    ],
  };
  const order = {
    metadata: { name: 'order' },
    spec: { template: { spec: { initContainers: [{ name: 'collector' }, ambassador] } } },
  };
  expect(sidecarsOf([order])).toEqual([{ name: 'ambassador', target: 'deployment/order', port: 2 }]);
});
