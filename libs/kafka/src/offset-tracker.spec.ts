import { describe, expect, it } from '@jest/globals';
import { OffsetTracker } from './offset-tracker.js';

describe('OffsetTracker', () => {
  it('gives the offset after the last completed batch, once', () => {
    const tracker = new OffsetTracker();
    tracker.completed(0, 't', 3, '41');
    tracker.completed(0, 't', 3, '45');
    tracker.completed(0, 't', 4, '7');
    expect(tracker.take()).toEqual([
      { topic: 't', partition: 3, offset: '46' },
      { topic: 't', partition: 4, offset: '8' },
    ]);
    expect(tracker.take()).toEqual([]);
  });

  it('never passes a batch that failed', () => {
    const tracker = new OffsetTracker();
    tracker.completed(0, 't', 3, '41');
    tracker.failed(0, 't', 3);
    tracker.completed(0, 't', 3, '50');
    expect(tracker.take()).toEqual([{ topic: 't', partition: 3, offset: '42' }]);
  });

  it('ignores what an older generation of the group completes', () => {
    const tracker = new OffsetTracker();
    tracker.completed(0, 't', 3, '41');
    tracker.nextGeneration();
    tracker.completed(0, 't', 3, '45');
    expect(tracker.take()).toEqual([]);
    tracker.completed(tracker.generation, 't', 3, '46');
    expect(tracker.take()).toHaveLength(1);
  });

  it('counts beyond what a double can', () => {
    const tracker = new OffsetTracker();
    tracker.completed(0, 't', 0, '9007199254740993');
    expect(tracker.take()[0]?.offset).toBe('9007199254740994');
  });
});
