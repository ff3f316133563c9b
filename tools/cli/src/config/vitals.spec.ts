import { describe, expect, it } from '@jest/globals';
import { documentOfInstance } from './documents.ts';
import { MemoryPlace } from './place.mother.ts';
import { illnessOf, vitalsOf } from './vitals.ts';
import type { Vitals } from './vitals.ts';

const HASH = 'h';
const one = (replica: string, more: Partial<Vitals> = {}): Vitals => ({
  replica,
  isReady: true,
  hash: HASH,
  startedAt: 1_000,
  requests: 1_000,
  failed: 0,
  ...more,
});
const patient = { replica: 'a', hash: HASH };
const before = [one('a', { hash: undefined }), one('b', { hash: undefined })];
const after = (a: Partial<Vitals>, b: Partial<Vitals> = {}) => illnessOf(patient, before, [one('a', a), one('b', b)]);

describe('CFG-13 a process that tries a change', () => {
  it('is well when it is ready, the one that it was, and fails nobody', () => {
    expect(after({ requests: 2_000 })).toBeUndefined();
    expect(after({ requests: 2_000 }, { isReady: false, failed: 900, requests: 1_900 })).toBeUndefined();
  });

  it('is ill when it is away, began anew, or was given something else', () => {
    expect(illnessOf(patient, before, [one('b')])).toBe('a is gone');
    expect(after({ isReady: false })).toBe('a is not ready');
    expect(after({ startedAt: 1_001 })).toBe('a was started anew');
    expect(after({ hash: 'other' })).toMatch(/^a has it in force no more/);
  });

  it('is ill when more of its requests fail than without the change, by what the others answer meanwhile', () => {
    expect(after({ requests: 1_100, failed: 5 })).toBe(
      'a answered 5 of 100 requests with 5xx (5.0 %; without the change 0.0 %)',
    );
    // Four may be anybody's, and an outage of what all stand on is not the fault of the change.
    expect(after({ requests: 1_100, failed: 4 })).toBeUndefined();
    expect(after({ requests: 1_100, failed: 50 }, { requests: 1_100, failed: 50 })).toBeUndefined();
    expect(after({ requests: 1_100, failed: 52 }, { requests: 1_100, failed: 50 })).toContain(
      'without the change 50.0 %',
    );
  });

  it('is compared with one that began anew by what that answered since then', () => {
    const anew = { startedAt: 2_000, requests: 100, failed: 50 };
    expect(after({ requests: 1_100, failed: 50 }, anew)).toBeUndefined();
    expect(after({ requests: 1_100, failed: 52 }, anew)).toContain('without the change 50.0 %');
  });

  it('is compared with itself where it is alone', () => {
    const alone = [one('a', { failed: 100 })];
    const now = (failed: number) => illnessOf(patient, alone, [one('a', { requests: 1_100, failed: 100 + failed })]);
    expect(now(11)).toBeUndefined();
    expect(now(12)).toContain('(12.0 %; without the change 10.0 %)');
  });

  it('is judged by what its management port tells', async () => {
    const place = new MemoryPlace();
    place.replicasEach = 2;
    place.away.add('order-2');
    place.texts.set('order.order-1', 'returnDays: 3\n');
    const counted = (status: string, value: number) =>
      `souk_http_requests_total{route="/a",status="${status}"} ${value}\n`;
    const text = `process_start_time_seconds 1732212000.5\n${counted('2xx', 90)}${counted('5xx', 7)}${counted('gone', 3)}`;
    place.metrics.set('order-1', `# HELP souk_http_requests_total x\n${text}souk_http_requests_total_more 5\n`);
    const [first, second] = await vitalsOf(place, 'order', documentOfInstance('order', 'order-1'));
    expect(first).toMatchObject({ isReady: true, startedAt: 1_732_212_000.5, requests: 100, failed: 7 });
    expect(second).toMatchObject({ replica: 'order-2', isReady: false, startedAt: 1_000, requests: 0, failed: 0 });
  });
});
