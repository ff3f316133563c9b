import { describe, expect, it } from '@jest/globals';
import { stateHome } from './home.ts';

const anywhere = { env: {}, repoRoot: '/src/souk', isRoot: false, reachable: () => true };

describe('the state directory', () => {
  it('is SOUK_HOME when that is set', () => {
    expect(stateHome({ ...anywhere, env: { SOUK_HOME: '/data/shop' } })).toBe('/data/shop');
  });

  it('is .souk in the checkout otherwise', () => {
    expect(stateHome(anywhere)).toBe('/src/souk/.souk');
    expect(stateHome({ ...anywhere, isRoot: true })).toBe('/src/souk/.souk');
  });

  it('moves to /var/tmp for root when user nobody cannot reach the checkout', () => {
    const hidden = { ...anywhere, isRoot: true, reachable: () => false };
    expect(stateHome(hidden)).toMatch(/^\/var\/tmp\/souk-[0-9a-f]{8}$/);
    expect(stateHome({ ...hidden, repoRoot: '/root/other' })).not.toBe(stateHome(hidden));
  });

  it('moves to /var/tmp when the path is too long for a unix socket', () => {
    expect(stateHome({ ...anywhere, repoRoot: `/${'deep/'.repeat(20)}` })).toMatch(/^\/var\/tmp\/souk-/);
  });
});
