import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { liveSettings } from './live-settings.js';
import { SettingReads } from './setting-reads.js';

describe('CFG-13 reads of settings', () => {
  const keys = ['readOnly', 'timeoutMs', 'logLevel'];
  const values: Readonly<{ timeoutMs: number; readOnly: boolean; logLevel?: string }> = Object.freeze({
    timeoutMs: 300,
    readOnly: true,
  });

  it('are counted one by one, over all that is in force one after the other', () => {
    const reads = new SettingReads(keys);
    const [first, second] = [reads.handOut(values), reads.handOut({ ...values, timeoutMs: 400 })];
    expect([first.timeoutMs, first.timeoutMs, second.timeoutMs, second.readOnly]).toEqual([300, 300, 400, true]);
    expect(reads.counts).toEqual({ readOnly: 1, timeoutMs: 3, logLevel: 0 });
  });

  it('are counted of a setting that has no value, too', () => {
    const reads = new SettingReads(keys);
    const settings = reads.handOut(values);
    expect(settings.logLevel ?? 'as the environment says').toBe('as the environment says');
    expect(reads.counts).toMatchObject({ logLevel: 1 });
    expect(Object.keys(settings)).toEqual(['readOnly', 'timeoutMs']);
  });

  it('are not what showing is: JSON counts nothing', () => {
    const reads = new SettingReads(keys);
    expect(JSON.parse(JSON.stringify({ values: reads.handOut(values) }))).toEqual({ values });
    expect(reads.counts).toEqual({ readOnly: 0, timeoutMs: 0, logLevel: 0 });
  });

  it('change nothing of the settings, and nobody else can', () => {
    const settings = new SettingReads(keys).handOut(values);
    expect({ ...settings }).toEqual(values);
    expect(() => Object.assign(settings, { timeoutMs: 1 })).toThrow(TypeError);
  });

  it('stand in the status, where looking at that is no read', () => {
    const settings = liveSettings(z.strictObject({ readOnly: z.boolean().default(false) }), undefined);
    expect(settings.status().reads).toEqual({ readOnly: 0 });
    expect(settings.value.readOnly).toBe(false);
    expect(settings.status().reads).toEqual({ readOnly: 1 });
  });
});
