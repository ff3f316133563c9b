import { describe, expect, it } from '@jest/globals';
import { liveSettings } from '@souk/config';
import { Metrics } from '@souk/observability';
import { z } from 'zod';
import { exposeReads } from './setting-reads.js';
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
        reads: { readOnly: 0 },
        values: { readOnly: false },
      },
    });
  });

  it('CFG-13 is shown without being read, to those who ask and to Prometheus', () => {
    const files = new WatchedFiles(silent);
    const settings = liveSettings(z.strictObject({ readOnly: z.boolean().default(false) }), undefined);
    const metrics = new Metrics();
    exposeReads(metrics, settings);
    files.follow(settings, (values) => values);
    expect(settings.value.readOnly).toBe(false);
    for (let look = 1; look <= 2; look++)
      expect(JSON.parse(JSON.stringify(files.report()))).toMatchObject({
        settings: { reads: { readOnly: 1 }, values: { readOnly: false } },
      });
    expect(metrics.render()).toContain('\nsouk_setting_reads_total{setting="readOnly"} 1\n');
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
