import { describe, expect, it } from '@jest/globals';
import { leftBehind } from '../../run/left-behind.ts';
import { envPatch, stopPatch } from './patches.ts';
import { aWorkload, patched } from './small-cluster.mother.ts';
import { stateIn } from './state.ts';

const order = aWorkload('order');
const live = { metadata: { name: 'order-live' }, data: { 'settings.yaml': 'returnDays: 14\n' } };
const knobs = new Map([['knobs of payment', '{}']]);
const before = stateIn([order], [live], knobs);

describe('what a run leaves behind in a cluster', () => {
  it('is nothing where all is as before, whatever was written down of earlier texts', () => {
    const later = { ...live, data: { ...live.data, 'settings.history.jsonl': '{}\n' } };
    expect(leftBehind(before, stateIn([order], [later], knobs))).toEqual([]);
  });

  it.each([
    ['a workload that is away', stateIn([patched(order, stopPatch(order) ?? {})], [live], knobs)],
    ['one that runs otherwise', stateIn([patched(order, envPatch(order, { A: '1' }) ?? {})], [live], knobs)],
    ['another text', stateIn([order], [{ ...live, data: { 'settings.yaml': 'returnDays: 1\n' } }], knobs)],
    ['another knob', stateIn([order], [live], new Map([['knobs of payment', '{"delay":1}']]))],
  ])('is %s', (_, after) => expect(leftBehind(before, after)).toHaveLength(1));
});
