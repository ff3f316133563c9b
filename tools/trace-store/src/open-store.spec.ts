import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Logger } from '@souk/observability';
import { openStore } from './open-store.js';
import { aSpan, spanId, traceId } from './span.mother.js';

const BOUNDS = { maxSpans: 10, maxAgeMs: 60_000 };

describe('the file of spans', () => {
  let folder: string;
  let said: string[];
  beforeEach(() => void ([folder, said] = [mkdtempSync(join(tmpdir(), 'spans-')), []]));
  afterEach(() => rmSync(folder, { recursive: true }));
  const open = (file: string) => {
    const logger = { warn: (_fields: object, text: string) => void said.push(text) } as unknown as Logger;
    openStore(file, BOUNDS, logger).close();
    return file;
  };

  it('is put aside where it is broken', () => {
    const file = join(folder, 'spans.db');
    writeFileSync(file, 'no database, but somebody may want to look at it');
    open(file);
    expect(readFileSync(`${file}.broken`, 'utf8')).toContain('no database');
    expect(said).toEqual([expect.stringContaining('is broken')]);
    open(file);
    expect(said).toHaveLength(1);
  });

  it('is put aside where a page in the middle of it is broken, which nobody would see before it is read', () => {
    const file = join(folder, 'spans.db');
    const store = openStore(file, { ...BOUNDS, maxSpans: 10_000 }, {} as Logger);
    for (let trace = 1; trace <= 50; trace++)
      store.add(
        Array.from({ length: 20 }, (_, i) => aSpan({ traceId: traceId(trace), spanId: spanId(i) })),
        1,
      );
    store.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xa5, bytes.length / 2, bytes.length / 2 + 8_192));
    open(file);
    expect(said).toEqual([expect.stringContaining('is broken')]);
    expect(readFileSync(`${file}.broken`).length).toBe(bytes.length);
  });

  it('is left alone where it cannot be opened', () => {
    const file = join(folder, 'spans.db');
    mkdirSync(file);
    writeFileSync(join(file, 'kept'), '');
    open(file);
    expect(said).toEqual([expect.stringContaining('kept in memory')]);
    expect(readFileSync(join(file, 'kept'), 'utf8')).toBe('');
  });
});
