import { describe, expect, it } from '@jest/globals';
import { Tenants } from './tenants.js';

const social = { name: 'social' };
const acme = { name: 'acme', shop: 'https://acme.shop.test' };
const emporium = { name: 'emporium', shop: 'https://emporium.shop.test:8443' };
const tenants = new Tenants([social, acme, emporium], 'https://shop.test');

describe('the tenants of a shop', () => {
  it.each<[string | undefined, readonly string[]]>([
    ['shop.test', ['social']],
    [undefined, ['social']],
    ['', ['social']],
    ['elsewhere.test', ['social']],
    ['acme.shop.test', ['acme']],
    ['ACME.shop.test:443', ['acme']],
    ['acme.shop.test:8443', ['social']],
    ['emporium.shop.test:8443', ['emporium']],
    ['x@acme.shop.test', ['social']],
    ['acme.shop.test.evil.test', ['social']],
    ['acme.shop.test acme', ['social']],
  ])('FED-12 at %j the people of %j come in, and no others', (host, names) => {
    const all = [social, acme, emporium].map(({ name }) => name);
    expect(all.filter((name) => tenants.admits(host, name))).toEqual(names);
    expect(tenants.homesAt(host, [social, acme, emporium]).map(({ name }) => name)).toEqual(names);
  });

  it('FED-12 each has an address of its own', () => {
    expect(['shop.test', 'acme.shop.test', 'nowhere.test'].map((host) => tenants.addressAt(host))).toEqual([
      'https://shop.test',
      'https://acme.shop.test',
      'https://shop.test',
    ]);
  });

  it('do not matter to visitors, nor where there are none', () => {
    expect(tenants.admits('acme.shop.test', undefined)).toBe(true);
    expect(new Tenants([social], 'https://shop.test').admits('anything', 'social')).toBe(true);
  });
});
