import { mkdirSync, mkdtempSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { liveSettings } from './live-settings.js';
import { until } from './until.mother.js';
import { hashOf } from './look.js';
import type { Watched } from './watched-file.js';

const schema = z.strictObject({ readOnly: z.boolean().default(false), timeoutMs: z.int().min(100).default(5_000) });
type Settings = z.infer<typeof schema>;

describe('CFG-6 live settings of several scopes', () => {
  let dir: string;
  let file: string;
  let settings: Watched<Settings> | undefined;
  const logger = { info: () => undefined, error: () => undefined };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'scopes-'));
    file = join(dir, 'settings.yaml');
  });
  afterEach(() => {
    settings?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const write = (scope: string, text: string): void => writeFileSync(join(dir, `${scope}.yaml`), text);
  const scoped = (instance?: string): Watched<Settings> => {
    settings = liveSettings(schema, file, instance);
    settings.start(logger);
    return settings;
  };

  it('follow all of them, and say where a value comes from', async () => {
    write('settings', 'timeoutMs: 300\n');
    const live = scoped('one');
    write('global', 'timeoutMs: 200\nreadOnly: true\n');
    await until('the global one is in force', () => live.value.readOnly);
    expect(live.value.timeoutMs).toBe(300);
    const { readOnly: before = 0 } = live.status().reads ?? {};
    write('settings.two', 'timeoutMs: 999\n');
    write('settings.one', 'timeoutMs: 400\n');
    await until('that of the instance is in force', () => live.value.timeoutMs === 400);
    expect(live.status()).toMatchObject({
      hash: hashOf('timeoutMs: 300\n'),
      beside: {
        global: hashOf('timeoutMs: 200\nreadOnly: true\n'),
        instance: hashOf('timeoutMs: 400\n'),
      },
      about: { from: { timeoutMs: 'instance', readOnly: 'global' }, locked: {}, instance: 'one' },
    });
    // CFG-13: what is compared when a text changes has not been read by anybody.
    expect(live.status().reads).toMatchObject({ readOnly: before });
    rmSync(join(dir, 'settings.one.yaml'));
    await until('that of the instance is gone', () => live.value.timeoutMs === 300);
    expect(Object.keys(live.status().beside ?? {})).toEqual(['global']);
  });

  it('keep the last good where a scope is there and cannot be read: it may have locked something', async () => {
    write('environment', 'readOnly: true\nlocked: [readOnly]\n');
    write('settings', 'timeoutMs: 300\n');
    const live = scoped();
    rmSync(join(dir, 'environment.yaml'));
    mkdirSync(join(dir, 'environment.yaml'));
    await until('it is refused', () => live.status().lastError !== undefined);
    expect(live.status().lastError).toBe('environment cannot be read');
    expect(live.value).toMatchObject({ readOnly: true, timeoutMs: 300 });
    rmdirSync(join(dir, 'environment.yaml'));
    await until('it is gone, which is another thing', () => !live.value.readOnly);
    expect(live.status().lastError).toBeUndefined();
  });

  it('refuse an override of what is locked, whole, and keep the last good', async () => {
    write('global', 'readOnly: true\nlocked: [readOnly]\n');
    write('settings', 'timeoutMs: 300\n');
    const live = scoped();
    write('settings', 'timeoutMs: 400\nreadOnly: false\n');
    await until('the override is refused', () => live.status().lastError !== undefined);
    expect(live.value).toMatchObject({ readOnly: true, timeoutMs: 300 });
    expect(live.status()).toMatchObject({
      refused: 1,
      hash: hashOf('timeoutMs: 300\n'),
      lastError: 'setting-locked: line 2, readOnly: global has locked it',
    });
    write('global', 'readOnly: true\n');
    await until('the lock is gone', () => live.value.timeoutMs === 400);
    expect(live.status().lastError).toBeUndefined();
  });

  it('begin with what stands above where their own is refused', () => {
    write('global', 'readOnly: true\nlocked: [readOnly]\n');
    write('settings', 'readOnly: false\ntimeoutMs: 300\n');
    const live = scoped();
    expect(live.value).toMatchObject({ readOnly: true, timeoutMs: 5_000 });
    expect(live.status()).toMatchObject({ hash: 'defaults', lastError: expect.stringMatching(/^setting-locked/) });
  });

  it('tell which values are others now, not which texts', async () => {
    write('settings', 'timeoutMs: 300\n');
    const live = scoped();
    const keys: unknown[] = [];
    live.onChange((_next, _previous, changed) => keys.push(changed));
    write('environment', 'readOnly: true\ntimeoutMs: 100\n');
    await until('it is in force', () => live.value.readOnly);
    expect(keys).toEqual([['readOnly']]);
  });

  it('see a change of a scope when nothing else has changed for long', async () => {
    write('settings', 'timeoutMs: 300\n');
    const live = scoped();
    await until('nobody is young any more', () => Date.now() - statSync(file).ctimeMs > 2_500);
    // What it looks at by itself from here on.
    live.stop();
    (live as unknown as { refresh(): void }).refresh();
    write('global', 'readOnly: true\n');
    (live as unknown as { refresh(): void }).refresh();
    expect(live.value.readOnly).toBe(true);
  });

  it('are as they were when a bad text is taken back', async () => {
    write('settings', 'timeoutMs: 300\n');
    const live = scoped();
    write('global', 'readOnly: true\n');
    await until('it is in force', () => live.value.readOnly);
    write('global', 'readOnly: [\n');
    await until('it is refused', () => live.status().refused === 1);
    write('global', 'readOnly: true\n');
    await until('it is good again', () => live.status().lastError === undefined);
    expect(live.status()).toMatchObject({ changes: 1, refused: 1 });
  });
});
