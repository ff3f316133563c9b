import { describe, expect, it } from '@jest/globals';
import { shopOptions } from '../cluster/options.ts';
import { unknownTrace } from './trace.ts';

describe('the way on from a trace that is not there', () => {
  it('stays in the cluster where it was looked for', () => {
    const shop = shopOptions({ context: 'lab', namespace: 'shop', isCurrent: true });
    expect(unknownTrace('last', shop).fix).toBe('./souk order --on current --namespace shop');
    expect(unknownTrace({ trace: 'a1' }, shop).fix).toMatch(/^\.\/souk trace --last --on current --namespace shop /);
  });

  it('stays in the instance where it was looked for', () => {
    expect(unknownTrace('last', 'default').fix).toBe('./souk order');
  });
});
