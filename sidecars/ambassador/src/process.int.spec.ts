import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, OtlpSink, waitFor } from '@souk/testing';
import { AmbassadorProcess } from './test/ambassador-process.js';
import { type CallerProgram, nodeCaller, type PlannedCall, pythonCaller } from './test/callers.js';
import { httpCall } from './test/http-call.js';
import { ScriptedUpstream } from './test/scripted-upstream.js';

/** Far enough apart that a machine which stands still for a second changes nothing of what is seen. */
const DEADLINE_MS = 500;
const TIMEOUT_MS = 2_500;
const SETTINGS = {
  timeoutMs: TIMEOUT_MS,
  retry: { attempts: 2, baseDelayMs: 5, maxDelayMs: 20, budgetPercent: 100 },
  // Opens with the third call into the hole: five of thirteen have failed by then.
  breaker: { windowMs: 60_000, minimumCalls: 11, failureRatio: 0.38, openMs: 60_000 },
};

let upstream: ScriptedUpstream;
let url: string;
let ambassador: AmbassadorProcess;
beforeEach(async () => {
  upstream = new ScriptedUpstream();
  url = await upstream.open();
  ambassador = new AmbassadorProcess();
});
afterEach(async () => {
  upstream.close();
  await ambassador.remove();
});

const repeated = (count: number, call: (index: number) => PlannedCall): PlannedCall[] =>
  Array.from({ length: count }, (_, index) => call(index));
const bare = (index: number): PlannedCall => ({ method: 'POST', path: `/bare/${index}`, body: '{}' });
const keyed = (index: number, headers = {}): PlannedCall => ({
  method: 'POST',
  path: `/keyed/${index}`,
  headers: { 'idempotency-key': `k${index}`, ...headers },
  body: '{}',
});
/** How often each path reached the upstream. */
const reached = (prefix: string): number[] => {
  const counts = new Map<string, number>();
  for (const { path } of upstream.calls) if (path.startsWith(prefix)) counts.set(path, (counts.get(path) ?? 0) + 1);
  return [...counts.values()];
};

/** Payment answers 503 to half the calls, then none at all. */
async function throughTheFault(program: CallerProgram) {
  upstream.script = (index) => (index % 2 === 0 ? 503 : 200);
  const half = await program(ambassador.port, [...repeated(4, bare), ...repeated(6, (index) => keyed(index))]);
  const tries = { bare: reached('/bare'), keyed: reached('/keyed') };
  upstream.script = () => 'hang';
  const patient = await program(ambassador.port, [keyed(100)]);
  const hole = await program(
    ambassador.port,
    repeated(4, (index) => keyed(200 + index, { 'x-deadline-ms': String(DEADLINE_MS) })),
  );
  return { half, tries, patient, hole };
}

describe('AMB-8 callers in different languages, while payment fails, see exactly the same', () => {
  it.each<[string, CallerProgram]>([
    ['Python', pythonCaller],
    ['Node', nodeCaller],
  ])('%s: AMB-3 tries, AMB-4 deadline, AMB-2 circuit', async (_, program) => {
    await ambassador.start(url, SETTINGS);
    const { half, tries, patient, hole } = await throughTheFault(program);
    expect(tries).toEqual({ bare: [1, 1, 1, 1], keyed: [2, 2, 2, 2, 2, 2] });
    expect(half.map(({ status, attempts }) => `${status} ${attempts}`)).toEqual([
      '503 1',
      '200 1',
      '503 1',
      '200 1',
      ...Array.from({ length: 6 }, () => '200 2'),
    ]);
    expect(patient).toMatchObject([{ status: 504, code: 'upstream-timeout', attempts: '3' }]);
    // How often one was tried whose time runs out may depend on the last millisecond.
    expect(hole.map(({ status, code }) => `${status} ${code}`)).toEqual([
      ...Array.from({ length: 2 }, () => '504 upstream-timeout'),
      ...Array.from({ length: 2 }, () => '503 upstream-open'),
    ]);
    expect(hole.slice(2).map(({ attempts }) => attempts)).toEqual(['0', '0']);
    expect(hole.map(({ breaker }) => breaker).slice(-2)).toEqual(['open', 'open']);
    expect(Math.max(...hole.map(({ ms }) => ms))).toBeLessThan(TIMEOUT_MS);
    expect(await ambassador.metric('souk_ambassador_breaker_state{upstream="payment"}')).toBe(1);
  });
});

describe('the process', () => {
  it('ends a kept connection as soon as its request is answered when it is told to stop', async () => {
    await ambassador.start(url, { timeoutMs: 5_000 });
    upstream.script = () => (response) => void setTimeout(() => response.end('late'), 1_000);
    // fetch keeps its connection for as long as the server says, which is ten seconds.
    const underWay = fetch(`http://127.0.0.1:${ambassador.port}/slow`);
    await waitFor(() => upstream.calls.length === 1, { what: 'the call to arrive' });
    ambassador.terminate();
    expect(await (await underWay).text()).toBe('late');
    const answeredAt = performance.now();
    expect(await ambassador.exitCode()).toBe(0);
    expect(performance.now() - answeredAt).toBeLessThan(2_000);
  });

  it('SCR-9 sends the spans of what it finished before it ends', async () => {
    const sink = await OtlpSink.start();
    await ambassador.start(url, { ...SETTINGS, timeoutMs: 5_000 }, { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });
    upstream.script = () => (response) => void setTimeout(() => response.end('late'), 1_500);
    const underWay = httpCall(ambassador.port, '/slow');
    await waitFor(() => upstream.calls.length === 1, { what: 'the call to arrive' });
    ambassador.terminate();
    expect((await underWay).body).toBe('late');
    expect(await ambassador.exitCode()).toBe(0);
    expect([sink.named('GET ambassador/payment').length, sink.named('GET payment').length]).toEqual([1, 1]);
    await sink.stop();
  });

  it('AMB-3 sends a bare POST three times in the variant `ambassador-naive`', async () => {
    await ambassador.start(url, SETTINGS, { SOUK_VARIANTS: 'ambassador-naive' });
    upstream.script = () => 503;
    await nodeCaller(ambassador.port, repeated(2, bare));
    expect(reached('/bare')).toEqual([3, 3]);
  });

  it('AMB-2 tells how it is and what it did on a port of its own', async () => {
    await ambassador.start(url);
    await nodeCaller(ambassador.port, repeated(3, bare));
    const probe = async (path: string) => (await httpCall(ambassador.management, path)).status;
    expect([await probe('/livez'), await probe('/startupz'), await probe('/readyz'), await probe('/x')]).toEqual([
      200, 200, 200, 404,
    ]);
    expect(await ambassador.metric('souk_ambassador_requests_total{upstream="payment",outcome="ok"}')).toBe(3);
    expect(await ambassador.metric('process_resident_memory_bytes')).toBeGreaterThan(10 * 1024 * 1024);
    expect(await ambassador.metric('nodejs_eventloop_busy_seconds_total')).toBeGreaterThan(0);
    expect((await httpCall(ambassador.port, '/metrics')).body).toBe('{}');
  });

  it('AMB-5 changes its upstream and its port while it runs', async () => {
    await ambassador.start(url);
    const other = new ScriptedUpstream();
    const otherUrl = await other.open();
    const oldPort = ambassador.port;
    ambassador.port = await freePort();
    ambassador.configure(otherUrl);
    await waitFor(async () => (await httpCall(ambassador.port, '/new')).status === 200, {
      what: 'the new port',
    });
    expect([upstream.calls.length, other.calls.length]).toEqual([0, 1]);
    await expect(httpCall(oldPort, '/')).rejects.toThrow('ECONNREFUSED');
    other.close();
  });

  it('finishes what is under way when it is told to stop, and takes nothing new', async () => {
    await ambassador.start(url, { timeoutMs: 5_000 });
    upstream.script = () => (response) => void setTimeout(() => response.end('late'), 2_000);
    const underWay = httpCall(ambassador.port, '/slow');
    await waitFor(() => upstream.calls.length === 1, { what: 'the call to arrive' });
    ambassador.terminate();
    await waitFor(async () => (await httpCall(ambassador.management, '/readyz')).status === 503, {
      what: 'readiness to turn off',
    });
    await expect(httpCall(ambassador.port, '/new')).rejects.toThrow('ECONNREFUSED');
    expect((await underWay).body).toBe('late');
    expect(await ambassador.exitCode()).toBe(0);
  });

  it('ends within the 5 s that a pod gives it, whatever is under way', async () => {
    await ambassador.start(url, { timeoutMs: 30_000 });
    upstream.script = () => 'hang';
    const underWay = httpCall(ambassador.port, '/hangs').catch(() => 'cut off');
    await waitFor(() => upstream.calls.length === 1, { what: 'the call to arrive' });
    const toldAt = performance.now();
    ambassador.terminate();
    expect(await ambassador.exitCode()).toBe(1);
    expect(performance.now() - toldAt).toBeLessThan(5_000);
    expect(await underWay).toBe('cut off');
  });

  it('does not start with a configuration that cannot be used, and says why', async () => {
    await ambassador.choosePorts();
    ambassador.configure('payment:8080');
    ambassador.spawn();
    expect(await ambassador.exitCode()).toBe(1);
    expect(ambassador.output).toContain('upstreams.payment.url');
  });

  it('shows its part of a trace: one span for the request, one for each try', async () => {
    const sink = await OtlpSink.start();
    await ambassador.start(url, SETTINGS, { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url });
    upstream.script = (index) => (index === 0 ? 503 : 200);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await nodeCaller(ambassador.port, [keyed(1, { traceparent })]);
    const tries = await waitFor(() => (sink.named('POST payment').length === 2 ? sink.named('POST payment') : false), {
      what: 'the spans',
    });
    const [server] = sink.named('POST ambassador/payment');
    expect(server).toMatchObject({ kind: 2, parentSpanId: '00f067aa0ba902b7', status: 0 });
    expect(tries).toMatchObject([
      { kind: 3, parentSpanId: server?.spanId, status: 2, attributes: { 'http.response.status_code': 503 } },
      { kind: 3, parentSpanId: server?.spanId, status: 0, attributes: { 'http.request.resend_count': 1 } },
    ]);
    const parents = upstream.calls.map(({ headers }) => String(headers['traceparent']).split('-')[2]);
    expect(parents).toEqual(tries.map(({ spanId }) => spanId));
    await sink.stop();
  });
});
