import { describe, expect, it } from '@jest/globals';
import type { Places } from './bulkhead.js';
import { logEvents } from './log.js';
import { exposeMetrics } from './metrics.js';
import { resilient } from './resilient.js';
import { actOn, viewOf } from './view.js';

const CALENDAR = Date.parse('2026-01-01T12:00:00Z');

/** A policy whose clock stands where the test puts it, what it logs and what its metrics read. */
function aPolicy() {
  const clock = { now: 1_000 };
  const lines: [level: string, fields: object, message: string][] = [];
  const logger = {
    info: (fields: object, message: string) => void lines.push(['info', fields, message]),
    warn: (fields: object, message: string) => void lines.push(['warn', fields, message]),
  };
  const policy = resilient({
    name: 'payment',
    timeoutMs: 1_000,
    now: () => clock.now,
    random: () => 0,
    onEvent: logEvents(logger),
    breaker: { minimumCalls: 2, openMs: 1_000 },
    retry: { attempts: 1, baseDelayMs: 1, maxDelayMs: 1 },
    bulkhead: { concurrent: 1 },
  });
  const metrics = new Map<string, () => { labels: Record<string, string>; value: number }[]>();
  const add = (name: string, _help: string, read: () => { labels: Record<string, string>; value: number }[]) =>
    void metrics.set(name, read);
  exposeMetrics({ counter: add, gauge: add }, () => [
    policy.state(),
    resilient({ name: 'bare', timeoutMs: 1 }).state(),
  ]);
  const read = (name: string) =>
    Object.fromEntries(
      metrics
        .get(name)?.()
        .map((one) => [Object.values(one.labels).join(' '), one.value]) ?? [],
    );
  const fail = () =>
    policy.execute(() => Promise.reject(new Error('down', { cause: new Error('no route') }))).catch(() => undefined);
  return { clock, lines, policy, read, fail };
}

describe('what a policy tells', () => {
  it('CB-10, RTY-9: logs changes of the circuit as warnings, retries and failed calls with their cause', async () => {
    const { lines, fail } = aPolicy();
    await fail();
    await fail();
    expect(lines.map(([level, fields, message]) => [level, message, Object.keys(fields).join(' ')])).toEqual([
      ['info', 'a call is tried again', 'policy attempt delayMs fault error'],
      ['info', 'a call failed', 'policy error'],
      ['info', 'a call is tried again', 'policy attempt delayMs fault error'],
      ['warn', 'the circuit is open', 'policy from to reason err'],
      ['info', 'a call failed', 'policy error'],
    ]);
    expect(lines[0]?.[1]).toEqual({ policy: 'payment', attempt: 1, delayMs: 0, fault: 'failed', error: 'down' });
    expect(lines[3]?.[1]).toMatchObject({ policy: 'payment', from: 'closed', to: 'open', reason: 'failures' });
  });

  it('CB-10, BLK-9, BLK-10, RTY-9: metrics say how it stands, what became of calls and how often it was tried again', async () => {
    const { read, fail, policy } = aPolicy();
    await fail();
    expect(read('souk_circuit_state')).toEqual({ payment: 0 });
    await fail();
    await fail();
    policy.circuit?.force('open');
    expect(read('souk_circuit_state')).toEqual({ payment: 1 });
    expect(read('souk_circuit_forced')).toEqual({ payment: 1 });
    expect(read('souk_circuit_changes_total')).toMatchObject({ 'payment open': 2, 'payment closed': 0 });
    expect(read('souk_calls_total')).toMatchObject({ 'payment failed': 2, 'payment open': 1, 'payment full': 0 });
    expect(read('souk_call_tries_total')).toEqual({ payment: 4, bare: 0 });
    expect(read('souk_call_retries_total')).toEqual({ 'payment failed': 2 });
    expect(read('souk_call_fallbacks_total')).toEqual({ payment: 0, bare: 0 });
    expect(read('souk_bulkhead_in_use')).toEqual({ payment: 0 });
    expect(read('souk_bulkhead_queued')).toEqual({ payment: 0 });
    expect(read('souk_bulkhead_places')).toEqual({ payment: 1 });
    expect(read('souk_call_seconds_bucket')).toMatchObject({ 'payment 0.005': 2, 'payment +Inf': 2, 'bare +Inf': 0 });
    expect(read('souk_call_seconds_total')).toEqual({ payment: 0, bare: 0 });
  });

  it('BLK-10: there is no reserve where places have no end', () => {
    const places = { places: Infinity, inUse: 7, queued: 0 } as Places;
    const state = resilient({ name: 'x', timeoutMs: 1, mechanisms: { places } }).state();
    expect(viewOf(state).bulkhead).toEqual({ inUse: 7, queued: 0, places: null });
    const read: Record<string, unknown> = {};
    const add = (name: string, _help: string, reading: () => unknown) => void (read[name] = reading());
    exposeMetrics({ counter: add, gauge: add }, () => [state]);
    expect(read).toMatchObject({ souk_bulkhead_places: [], souk_bulkhead_in_use: [{ value: 7 }] });
  });

  it('CB-9: a view says in the time of the calendar what failed last, what changed and when the next trial is', async () => {
    const { clock, policy, fail } = aPolicy();
    await fail();
    await fail();
    clock.now += 400;
    const view = viewOf(policy.state(), { monotonic: clock.now, calendar: CALENDAR });
    expect(view).toEqual({
      name: 'payment',
      circuit: 'open',
      forced: null,
      openForMs: 600,
      bulkhead: { inUse: 0, queued: 0, places: 1 },
      lastError: { message: 'down (no route)', at: '2026-01-01T11:59:59.600Z' },
      lastChange: { from: 'closed', to: 'open', reason: 'failures', at: '2026-01-01T11:59:59.600Z' },
      window: { calls: 2, failures: 2 },
      counts: { calls: 2, tries: 4, retries: 2, ok: 0, failed: 2, open: 0, full: 0, cancelled: 0 },
    });
    const bare = viewOf(resilient({ name: 'bare', timeoutMs: 1 }).state());
    expect(bare).toMatchObject({ circuit: 'closed', lastError: null, lastChange: null, bulkhead: null });
  });

  it('CB-9: actions by name do what they say, and others nothing', () => {
    const { policy } = aPolicy();
    const seen = ['force-open', 'force-closed', 'reset', 'explode'].map((action) => [
      actOn(policy, action),
      policy.state().breaker?.lastChange?.reason,
    ]);
    expect(seen).toEqual([
      [true, 'forced-open'],
      [true, 'forced-closed'],
      [true, 'reset'],
      [false, 'reset'],
    ]);
    expect(actOn(resilient({ name: 'bare', timeoutMs: 1 }), 'reset')).toBe(false);
  });
});
