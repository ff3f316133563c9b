import { describe, expect, it } from '@jest/globals';
import { refuseTarget } from './path-guard.js';

describe('path guard', () => {
  it.each(['/', '/api/products', '/api/products?q=a%2Fb&x=..', '/api/products/0193-ab_c.d~e', '/api/products/a%20b'])(
    'lets %s pass',
    (target) => {
      expect(refuseTarget(target)).toBeUndefined();
    },
  );

  it.each([
    '/api/../metrics',
    '/api/./products',
    '/api/..',
    '/api/%2e%2e/metrics',
    '/api/%2E./metrics',
    '/api/products/..%2fadmin',
    '/api/products/%2Fadmin',
    '/api/products\\admin',
    '/api/products/%5cadmin',
    '/api/products/%252fadmin',
    '/api/products/a%00',
    '/api/prodücts',
    '/api/products?q=ü',
    'http://inventory/admin',
    '*',
    '',
  ])('refuses %j', (target) => {
    expect(refuseTarget(target)).toEqual(expect.any(String));
  });
});
