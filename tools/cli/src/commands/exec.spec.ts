import { describe, expect, it } from '@jest/globals';
import { toolPath } from './exec.ts';

describe('the search path of exec', () => {
  it('begins with the tools of the checkout and the Node that runs', () => {
    expect(toolPath('/repo', '/n24/bin/node', '/usr/bin:/bin')).toBe('/repo/node_modules/.bin:/n24/bin:/usr/bin:/bin');
  });

  it('works where no PATH is set', () => {
    expect(toolPath('/repo', '/n24/bin/node', undefined)).toBe('/repo/node_modules/.bin:/n24/bin');
  });
});
