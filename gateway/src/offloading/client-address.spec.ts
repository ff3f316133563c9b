import { describe, expect, it } from '@jest/globals';
import { blockListOf, ClientAddresses } from './client-address.js';

const request = (remoteAddress: string, headers: Record<string, string | string[]> = {}, encrypted = false) => ({
  headers: { host: 'shop.test', ...headers },
  raw: { socket: { remoteAddress, encrypted } },
});
const forged = { 'x-forwarded-for': '1.1.1.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.test' };

describe('the address of a client', () => {
  const nobody = new ClientAddresses();
  const some = new ClientAddresses(['10.0.0.0/8', '2001:db8::/32', '192.168.1.7']);

  it('OFF-2 is that of the connection, whatever its headers say, when nobody is trusted', () => {
    const expected = { address: '203.0.113.9', proto: 'http', host: 'shop.test', forwardedFor: '203.0.113.9' };
    expect(nobody.of(request('203.0.113.9', forged))).toEqual(expected);
    expect(some.of(request('203.0.113.9', forged))).toEqual(expected);
    expect([nobody, some].map((one) => one.addressOf(request('203.0.113.9', forged)))).toEqual([
      '203.0.113.9',
      '203.0.113.9',
    ]);
  });

  it('OFF-2 says so when the connection itself is over TLS', () => {
    expect(nobody.of(request('203.0.113.9', {}, true)).proto).toBe('https');
  });

  it('OFF-2 is what a trusted proxy says, and its own address is appended', () => {
    expect(some.of(request('10.1.2.3', { ...forged, 'x-forwarded-for': '203.0.113.9' }))).toEqual({
      address: '203.0.113.9',
      proto: 'https',
      host: 'evil.test',
      forwardedFor: '203.0.113.9, 10.1.2.3',
    });
    expect(some.addressOf(request('10.1.2.3', { 'x-forwarded-for': '203.0.113.9' }))).toBe('203.0.113.9');
  });

  it.each<[string, string | string[], string]>([
    ['drops what its client forged', '1.1.1.1, 203.0.113.9', '203.0.113.9, 10.1.2.3'],
    ['goes through several proxies', '1.1.1.1, 203.0.113.9, 10.9.9.9', '203.0.113.9, 10.9.9.9, 10.1.2.3'],
    ['reads several header lines as one', ['1.1.1.1', '203.0.113.9'], '203.0.113.9, 10.1.2.3'],
    ['stops at what is no address', '203.0.113.9, unknown, 10.9.9.9', '10.9.9.9, 10.1.2.3'],
    ['stops at markup', '<script>', '10.1.2.3'],
    ['takes an empty list for none', '', '10.1.2.3'],
    ['takes the farthest when all are trusted', '10.7.7.7, 10.9.9.9', '10.7.7.7, 10.9.9.9, 10.1.2.3'],
    ['knows mapped addresses', '::ffff:203.0.113.9', '203.0.113.9, 10.1.2.3'],
    ['knows IPv6', '2a00::1, 2001:db8::5', '2a00::1, 2001:db8::5, 10.1.2.3'],
  ])('OFF-2 of a list %s', (_what, header, forwardedFor) => {
    const client = some.of(request('::ffff:10.1.2.3', { 'x-forwarded-for': header }));
    expect([client.forwardedFor, client.address]).toEqual([forwardedFor, forwardedFor.split(', ')[0]]);
  });

  it('OFF-2 of a part of a batch comes by the protocol of the batch', () => {
    const { headers, raw } = request('203.0.113.9', { 'x-forwarded-proto': 'https' });
    expect(nobody.of({ headers, raw: { ...raw, isLightMyRequest: true } }).proto).toBe('https');
  });

  it('OFF-2 believes no protocol but http and https', () => {
    expect(some.of(request('10.1.2.3', { 'x-forwarded-proto': 'javascript' }, true)).proto).toBe('https');
  });

  it.each(['10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '::1/129', 'localhost', '', '10.0.0.0/-1'])(
    'cannot be trusted by %j',
    (range) => expect(() => blockListOf([range])).toThrow('is no address'),
  );

  it('can be trusted by itself', () => {
    expect(some.addressOf(request('192.168.1.7', { 'x-forwarded-for': '203.0.113.9' }))).toBe('203.0.113.9');
    expect(some.addressOf(request('192.168.1.8', { 'x-forwarded-for': '203.0.113.9' }))).toBe('192.168.1.8');
  });
});
