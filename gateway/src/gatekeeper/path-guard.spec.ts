import { describe, expect, it } from '@jest/globals';
import { refuseTarget } from './path-guard.js';

describe('path guard', () => {
  it.each([
    '/',
    '/api/products',
    '/api/products?q=a%2Fb&x=..',
    '/api/products?q=%61',
    '/api/products/0193-ab_c.d~e',
    '/api/products/a%20b',
    '/api/products/%c3%bc',
  ])('lets %s pass', (target) => {
    expect(refuseTarget(target)).toBeUndefined();
  });

  it('GK-4 lets exactly those characters be encoded that need it', () => {
    const codes = Array.from({ length: 128 }, (_, code) => code);
    const refused = codes.filter((code) => refuseTarget(`/%${code.toString(16).padStart(2, '0')}`) !== undefined);
    const expected = codes.filter((code) => /[\w.~\-/\\%\0]/.test(String.fromCharCode(code)));
    expect(refused).toEqual(expected);
  });

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
    '/%61uth/session',
    '/auth/sessio%6E',
    '/api/prodücts',
    '/api/products?q=ü',
    'http://inventory/admin',
    '/api/orders#x',
    '/api/products?q=1#x',
    '*',
    '',
  ])('GK-3 GK-4 refuses %j', (target) => {
    expect(refuseTarget(target)).toEqual(expect.any(String));
  });
});
