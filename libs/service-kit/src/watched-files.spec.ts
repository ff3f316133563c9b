import { describe, expect, it } from '@jest/globals';
import { liveSettings } from '@souk/config';
import { z } from 'zod';
import { WatchedFiles } from './watched-files.js';

const silent = { info: () => undefined, error: () => undefined };

describe('what a process follows', () => {
  it('CFG-1 is shown with its values, so that somebody else can see that a change has arrived', () => {
    const files = new WatchedFiles(silent);
    const settings = liveSettings(z.strictObject({ readOnly: z.boolean().default(false) }), undefined);
    files.follow(settings, (values) => values);
    expect(files.report()).toEqual({
      settings: {
        file: undefined,
        hash: 'defaults',
        loadedAt: expect.stringMatching(/^\d{4}-.*Z$/),
        changes: 0,
        refused: 0,
        lastError: undefined,
        values: { readOnly: false },
      },
    });
  });

  it('CFG-11 is followed once: a second one of the same name takes the place of the first', () => {
    const calls: string[] = [];
    const fake = (label: string) => ({
      ...liveSettings(z.strictObject({}), undefined),
      name: 'settings',
      value: label,
      status: () => ({ hash: label }) as never,
      start: () => void calls.push(`start ${label}`),
      stop: () => void calls.push(`stop ${label}`),
      onChange: () => undefined,
    });
    const [first, second] = [fake('first'), fake('second')];
    const files = new WatchedFiles(silent);
    for (const one of [first, first, second]) files.follow(one, (value) => value);
    expect(calls).toEqual(['start first', 'start first', 'stop first', 'start second']);
    expect(files.report()).toEqual({ settings: { hash: 'second', values: 'second' } });
    files.onApplicationShutdown();
    expect(calls.at(-1)).toBe('stop second');
  });
});
