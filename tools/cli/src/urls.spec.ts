import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Instance } from './instance.ts';
import { readUrls } from './urls.ts';

describe('the addresses of an instance', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'urls-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const read = () => readUrls({ dir } as Instance);

  it('are those of the last up', () => {
    writeFileSync(join(dir, 'env.json'), '{ "GATEWAY_URL": "http://localhost:1" }');
    expect(read()).toEqual({ GATEWAY_URL: 'http://localhost:1' });
  });

  it.each(['', '{ "GATEWAY_URL": "http', '[1]', '{ "PG_URL": 7 }'])('are none in %j', (text) => {
    writeFileSync(join(dir, 'env.json'), text);
    expect(read()).toBeUndefined();
  });

  it('are none where no shop runs', () => expect(read()).toBeUndefined());
});
