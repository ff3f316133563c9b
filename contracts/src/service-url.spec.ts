import { describe, expect, it } from '@jest/globals';
import { serviceUrl } from './service-url.js';

describe('the address of a service', () => {
  it.each(['http://catalog:8080', 'https://b:2/'])('%s is one', (url) => expect(serviceUrl.parse(url)).toBe(url));

  it.each(['', 'catalog', 'ftp://a', 'http://a/base', 'http://a?b', 'http://a#b', 'http://me@a'])('%j is none', (url) =>
    expect(serviceUrl.safeParse(url).success).toBe(false),
  );
});
