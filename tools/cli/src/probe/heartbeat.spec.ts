import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asMetrics, beat, silence } from './heartbeat.ts';
import type { Result } from './prober.ts';

const AT = '2026-03-04T12:00:00.000Z';
const NOW = Date.parse(AT);

describe('the heartbeat of the prober', () => {
  let dir = '';
  let file = '';
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'probe-'));
    file = join(dir, 'probe.json');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('HEM-10 is heard until it is too old', () => {
    beat(file, { at: AT, status: 'failed', rounds: 3 });
    expect(silence(file, 60, NOW + 60_000)).toBeUndefined();
    expect(silence(file, 60, NOW + 61_000)).toBe('the prober has been silent for 61 s, more than 60');
  });

  it.each(['', '{}', 'null', '{"at":"soon"}'])('HEM-10 takes %j for silence', (text) => {
    writeFileSync(file, text);
    expect(silence(file, 60, NOW)).toContain('holds no heartbeat');
  });

  it('HEM-10 takes no heartbeat at all for silence', () => {
    expect(silence(file, 60, NOW)).toContain('no prober has looked yet');
  });

  it('HEM-10 tells an alert what it needs: when it looked last, who is not well, which certificate ends', () => {
    const result: Result = {
      name: 'catalog',
      url: 'https://catalog/',
      address: '10.0.0.1',
      code: 503,
      ms: 250,
      dnsMs: 1,
      certificateEnds: '2026-04-01T00:00:00.000Z',
      status: 'failed',
      problems: ['answered 503 instead of 200'],
    };
    const lines = asMetrics([result, { ...result, address: '10.0.0.2', status: 'ok', certificateEnds: null }], {
      status: 'failed',
      now: NOW,
    }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'souk_probe_last_round_timestamp_seconds 1772625600',
        'souk_probe_ok 0',
        'souk_probe_up{target="catalog",address="10.0.0.1"} 0',
        'souk_probe_up{target="catalog",address="10.0.0.2"} 1',
        'souk_probe_seconds{target="catalog",address="10.0.0.1"} 0.25',
        'souk_probe_certificate_end_timestamp_seconds{target="catalog",address="10.0.0.1"} 1775001600',
      ]),
    );
    expect(lines.filter((line) => line.startsWith('souk_probe_certificate_end'))).toHaveLength(1);
  });
});
