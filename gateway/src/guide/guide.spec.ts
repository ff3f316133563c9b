import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { guide } from './guide.js';
import { GuideAddress } from './guide-address.js';

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
const tour = /^## Curl tour[\s\S]*?```sh\n([\s\S]*?)\n```/m.exec(readme)?.[1]?.split('\n') ?? [];

describe('the guide', () => {
  it('shows the tour of README.md, step by step, with the address of the shop', () => {
    const base = 'http://shop.example:81';
    const shown = guide(base).match(/(?<=^ {3})\S.*$/gm);
    expect(tour.length).toBeGreaterThan(10);
    expect(shown).toEqual(tour.map((line) => line.replaceAll('http://localhost:8080', base)));
  });
});

describe('the address in the guide', () => {
  const at = (SOUK_MODE: 'development' | 'production') =>
    new GuideAddress({ PUBLIC_URL: 'https://shop.example', SOUK_MODE });

  it.each([
    ['localhost:18080', 'http://localhost:18080'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['evil.test', 'https://shop.example'],
    ['localhost.evil.test:8080', 'https://shop.example'],
    ["localhost:8080/';rm", 'http://localhost:8080'],
    ['', 'https://shop.example'],
    [undefined, 'https://shop.example'],
  ])('is for Host %s in development %s', (host, address) => {
    expect(at('development').of(host)).toBe(address);
    expect(at('production').of(host)).toBe('https://shop.example');
  });
});
