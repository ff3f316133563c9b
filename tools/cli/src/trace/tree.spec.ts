import { describe, expect, it } from '@jest/globals';
import { treeOf } from './tree.ts';
import type { TraceNode } from './tree.ts';
import { anOrder, aSpan, spanId } from './trace.mother.ts';

const names = ({ span, children }: TraceNode): unknown =>
  children.length === 0 ? span.name : [span.name, children.map(names)];

describe('the tree of a trace', () => {
  it('puts every span below its parent, in the order in which they began', () => {
    expect(treeOf(anOrder()).roots.map(names)).toEqual([
      [
        'POST /api/orders',
        [
          [
            'POST /orders',
            [
              ['send inventory.commands.v1', ['process inventory.commands.v1']],
              ['payment authorise', ['POST payment']],
            ],
          ],
        ],
      ],
    ]);
  });

  it('measures from the beginning of the first span to the end of the last', () => {
    const tree = treeOf(anOrder());
    expect(tree).toMatchObject({ durationMs: 100, spans: 6, missingParents: [] });
    expect([...tree.services].sort()).toEqual(['gateway', 'inventory', 'order']);
    expect(tree.errors.map(({ name }) => name)).toEqual(['payment authorise']);
    expect(tree.roots[0]?.children[0]).toMatchObject({ offsetMs: 1.5, durationMs: 9.8 });
  });

  it('names a parent that is missing once, and shows its children at the top', () => {
    const spans = [...anOrder(), aSpan(8, 7, { at: 90, took: 1 }), aSpan(9, 7, { at: 91, took: 1 })];
    const tree = treeOf(spans);
    expect(tree.missingParents).toEqual([spanId(7)]);
    expect(tree.roots.map(({ span, orphan }) => [span.name, orphan])).toEqual([
      ['POST /api/orders', false],
      ['span 8', true],
      ['span 9', true],
    ]);
  });

  it('takes the parent of the request that came in for the span of a caller outside', () => {
    const spans = [aSpan(1, 77, { at: 0, took: 5, kind: 'server' }), aSpan(2, 1, { at: 1, took: 1 })];
    expect(treeOf(spans)).toMatchObject({ missingParents: [], roots: [{ orphan: false }] });
    expect(treeOf([aSpan(1, 77, { at: 0, took: 5, kind: 'consumer' })]).missingParents).toEqual([spanId(77)]);
  });

  it('misses the parent of every request but the one that came in first', () => {
    const spans = [
      aSpan(1, 77, { at: 0, took: 5, kind: 'server', service: 'gateway' }),
      aSpan(2, 7, { at: 1, took: 1, kind: 'server' }),
    ];
    expect(treeOf(spans)).toMatchObject({ missingParents: [spanId(7)], roots: [{ orphan: false }, { orphan: true }] });
  });

  it('bears clocks that disagree', () => {
    const tree = treeOf([aSpan(1, null, { at: 5, took: 10 }), aSpan(2, 1, { at: 2, took: -1 })]);
    expect(tree.roots[0]?.children[0]).toMatchObject({ offsetMs: 0, durationMs: 0 });
    expect(tree.durationMs).toBe(13);
  });
});
