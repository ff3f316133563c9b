import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ViewState } from '../persistence/views.js';
import { RebuildWatch } from './rebuild-watch.js';
import type { RebuildStatus } from './rebuild.js';

describe('the watch over the views', () => {
  let state: ViewState;
  let started: number;
  let dropped: number;
  let away: boolean;
  let outcome: RebuildStatus['state'];

  const open = (): RebuildWatch =>
    new RebuildWatch({
      views: {
        current: async () => state,
        markIncomplete: async () => {
          if (away) throw new Error('the store is away');
          state = { ...state, complete: false };
        },
      },
      rebuild: {
        start: async () => {
          started++;
          return { rebuildId: 'r' };
        },
        finished: async () => undefined,
        dropUnusedSoon: () => void (dropped += 1),
        get current() {
          return { state: outcome, done: 0, total: 0 };
        },
      },
      logger: { debug: () => undefined, warn: () => undefined },
    });

  beforeEach(() => {
    state = { _id: 'views', active: 'a', building: null, complete: true, format: 2, salt: 's' };
    started = 0;
    dropped = 0;
    away = false;
    outcome = 'done';
  });

  it.each<[string, Partial<ViewState>, number]>([
    ['complete views', {}, 0],
    ['views that were never filled', { complete: false }, 1],
    ['a rebuild that was killed', { building: 'b' }, 1],
  ])('%s: %s → %i rebuilds', async (_what, change, expected) => {
    state = { ...state, ...change };
    await open().look();
    expect(started).toBe(expected);
  });

  it('has old views dropped once, at its start: who swapped last may have been stopped before', async () => {
    const watch = open();
    watch.start();
    watch.stop();
    await watch.look();
    expect(dropped).toBe(1);
  });

  it('remembers a gap until the store has heard of it', async () => {
    const watch = open();
    away = true;
    watch.gap('order.events.v1');
    await watch.look();
    expect([started, state.complete]).toEqual([0, true]);
    away = false;
    await watch.look();
    await watch.look();
    expect([started > 0, state.complete]).toEqual([true, false]);
  });

  it('waits after a failure instead of reading the whole source again at once', async () => {
    state = { ...state, complete: false };
    outcome = 'failed';
    const watch = open();
    await watch.look();
    await new Promise((resolve) => setImmediate(resolve));
    await watch.look();
    expect(started).toBe(1);
  });
});
