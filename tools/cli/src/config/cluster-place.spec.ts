import { describe, expect, it } from '@jest/globals';
import { serviceIn } from './cluster-place.ts';

describe('the host of a database URL', () => {
  it.each([
    ['postgres', { service: 'postgres', namespace: 'souk' }],
    ['souk-rw.postgres', { service: 'souk-rw', namespace: 'postgres' }],
    ['souk-rw.postgres.svc', { service: 'souk-rw', namespace: 'postgres' }],
    ['souk-rw.postgres.svc.cluster.local', { service: 'souk-rw', namespace: 'postgres' }],
    ['db-1.eu.example.com', undefined],
    ['10.1.2.3', undefined],
  ])('%s is a Service of the cluster, or is not', (host, expected) => {
    expect(serviceIn(host, 'souk')).toEqual(expected);
  });
});
