import { describe, expect, it } from '@jest/globals';
import { shopOptions } from '../cluster/options.ts';
import { unknownTrace } from './trace.ts';

describe('the way on from a trace that is not there', () => {
  it('stays in the cluster where it was looked for', () => {
    const shop = shopOptions({ context: 'lab', namespace: 'shop', isCurrent: true });
    expect(unknownTrace('last', shop).fix).toBe('./souk order --on current --namespace shop');
    expect(unknownTrace({ trace: 'a1' }, shop).fix).toMatch(/^\.\/souk trace --last --on current --namespace shop /);
  });

  it('says that traces are sampled, and how to have them all', () => {
    const { why, fix } = unknownTrace({ order: 'o1' }, 'blue');
    expect(why).toContain('traces are sampled');
    expect(fix).toContain('TRACES_PER_SECOND=all ./souk restart gateway --instance blue');
    expect(unknownTrace({ order: 'o1' }, '--on kind').fix).toContain('gateway.config.TRACES_PER_SECOND=all');
  });

  it('stays in the instance where it was looked for', () => {
    expect(unknownTrace('last', 'default').fix).toBe('./souk order');
  });
});
