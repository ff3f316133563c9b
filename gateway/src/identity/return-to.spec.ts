import { describe, expect, it } from '@jest/globals';
import { otherLoopback, returnAddress } from './return-to.js';

describe('the way back', () => {
  it('is an absolute address of the shop', () => {
    expect(returnAddress('/docs?x=1#cart', 'http://shop.test:8080')).toBe('http://shop.test:8080/docs?x=1#cart');
    expect(returnAddress('/authors', 'http://shop.test')).toBe('http://shop.test/authors');
  });

  it.each(['/AUTH/login', '//auth/login', '/auth', '/./auth/login', '/auth?x', '/%61uth/login', '/%2fauth', '/%ff'])(
    'begins no sign-in again: %s',
    (path) => {
      expect(returnAddress(path, 'http://shop.test')).toBeUndefined();
    },
  );
});

describe('a visitor who came by another name of this machine', () => {
  it.each([
    ['127.0.0.1:8080', 'http://localhost:8080'],
    ['[::1]:8080', 'http://localhost:8080'],
  ])('%s begins at %s, where cookies come back', (host, publicUrl) => {
    expect(otherLoopback(host, publicUrl)).toBe(publicUrl);
  });

  it.each([
    ['localhost:8080', 'http://localhost:8080'],
    ['127.0.0.1:9999', 'http://localhost:8080'],
    ['127.0.0.1:8080', 'http://shop.example:8080'],
    ['evil.test:8080', 'http://localhost:8080'],
    ['', 'http://localhost:8080'],
    [undefined, 'http://localhost:8080'],
  ])('%s is not sent to %s', (host, publicUrl) => {
    expect(otherLoopback(host, publicUrl)).toBeUndefined();
  });
});
