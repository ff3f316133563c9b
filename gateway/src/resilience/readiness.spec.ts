import { describe, expect, it } from '@jest/globals';
import { managementUrl } from './readiness.js';

describe('the management port of a service', () => {
  it.each([
    ['http://catalog:8080', '9090', 'http://catalog:9090'],
    ['http://127.0.0.1:8101', '+1000', 'http://127.0.0.1:9101'],
    ['http://127.0.0.1:8101/', '+0', 'http://127.0.0.1:8101'],
    ['https://catalog', '+1000', 'http://catalog:1443'],
    ['http://[::1]:8101', '9090', 'http://[::1]:9090'],
  ])('CB-8: of %s with %s is %s', (url, port, found) => expect(managementUrl(url, port)).toBe(found));
});
