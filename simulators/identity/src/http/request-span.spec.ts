import { describe, expect, it } from '@jest/globals';
import { routeOf } from './request-span.js';

describe('the route of a request', () => {
  it.each([
    ['/token', '/token'],
    ['/.well-known/openid-configuration', '/.well-known/openid-configuration'],
    ['/auth/Xy_12', '/auth/:id'],
    ['/interaction/Xy_12/login', '/interaction/:id/login'],
    ['/knobs/users/alice', '/knobs/users/:id'],
    ['/', undefined],
    ['/wp-admin/x', undefined],
    ['//evil.example', undefined],
  ])('%s is named %s', (path, route) => {
    expect(routeOf(path)).toBe(route);
  });
});
