import { describe, expect, it } from '@jest/globals';
import { judge, judgeAddresses } from './judge.ts';
import type { Expectation } from './judge.ts';
import type { Sight } from './look.ts';

const NOW = Date.parse('2026-03-04T12:00:00Z');
const expected: Expectation = { status: 200, maxMs: 1_000, maxDnsMs: 100, certDays: 14 };
const seen: Sight = {
  url: 'https://shop/',
  address: '10.0.0.1',
  status: 200,
  headers: {},
  body: '<h1>Souk</h1>',
  ms: 20,
};
const report = (status: string, dependencies: object): string => JSON.stringify({ status, dependencies });
const up = { ok: true, core: true, ms: 2 };

describe('the judgement of the prober', () => {
  const of = (sight: Partial<Sight>, expectation: Partial<Expectation> = {}, dnsMs = 1) =>
    judge({ ...seen, ...sight }, { dnsMs }, { ...expected, ...expectation }, NOW);

  it('HEM-8 finds nothing wrong with what is as it should be', () => {
    expect(of({}, { content: { includes: 'Souk' } })).toEqual({ status: 'ok', problems: [] });
  });

  it.each<[string, Partial<Sight>, Partial<Expectation>, number, string]>([
    ['another code', { status: 503 }, {}, 1, 'answered 503 instead of 200'],
    ['a code that only looks well', { status: 200 }, { status: 404 }, 1, 'answered 200 instead of 404'],
    ['another content', { body: 'Under construction' }, { content: { includes: 'Souk' } }, 1, 'does not say "Souk"'],
    ['a long time', { ms: 1_001 }, {}, 1, 'took 1001 ms, more than 1000'],
    ['a long search for the name', {}, {}, 101, 'its name took 101 ms to find, more than 100'],
    ['a certificate near its end', { certificate: { validTo: '2026-03-18T11:59:59Z' } }, {}, 1, 'ends in 13 days'],
    ['a certificate past its end', { certificate: { validTo: '2026-03-03T12:00:00Z' } }, {}, 1, 'ends in -1 days'],
    ['a certificate without one', { certificate: { validTo: '' } }, {}, 1, 'ends in NaN days'],
    [
      'a certificate of somebody else',
      { certificate: { validTo: '2027-01-01T00:00:00Z', distrust: 'ERR_TLS_CERT_ALTNAME_INVALID' } },
      {},
      1,
      'is not believed: ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ])('HEM-8 sees %s', (_what, sight, expectation, dnsMs, problem) => {
    const verdict = of(sight, expectation, dnsMs);
    expect(verdict).toEqual({ status: 'failed', problems: [expect.stringContaining(problem)] });
  });

  it('HEM-8 no answer is one problem, not four', () => {
    const { status: _none, ...rest } = { ...seen, error: 'connect ECONNREFUSED', body: '', ms: 9_000 };
    const verdict = judge(rest, { dnsMs: 1 }, { ...expected, content: { includes: 'Souk' } }, NOW);
    expect(verdict).toEqual({ status: 'failed', problems: ['connect ECONNREFUSED'] });
  });

  it('HEM-8 a certificate that is good for long enough is none', () => {
    expect(of({ certificate: { validTo: '2026-03-18T12:00:00Z' } }).status).toBe('ok');
  });

  it('HEM-3 names the dependency that is away, and how long it took to say so', () => {
    const away = { ok: false, core: true, ms: 2_000, error: 'no answer within 2000 ms' };
    const verdict = of({ status: 503, body: report('failed', { postgres: away, kafka: up }) }, { content: 'health' });
    expect(verdict.status).toBe('failed');
    expect(verdict.problems).toContain('postgres is away: no answer within 2000 ms (2000 ms)');
  });

  it('HEM-2 what can be missing makes it degraded, not failed', () => {
    const away = { ok: false, core: false, ms: 3, error: 'gone' };
    const verdict = of({ body: report('degraded', { postgres: up, recommendation: away }) }, { content: 'health' });
    expect(verdict).toEqual({ status: 'degraded', problems: ['recommendation is away: gone (3 ms)'] });
  });

  it('takes a 200 that is no health report for a failure', () => {
    for (const body of ['', 'ok', '[]', '{"status":"fine"}', 'null'])
      expect(of({ body }, { content: 'health' })).toMatchObject({ problems: ['the answer is no health report'] });
  });

  it('HEM-12 missing content is a real 404 with a problem, and nothing else is', () => {
    const problem = { 'content-type': 'application/problem+json; charset=utf-8' };
    const wanted = { status: 404, content: 'problem' } as const;
    expect(of({ status: 404, headers: problem, body: '{"code":"route-not-found"}' }, wanted).status).toBe('ok');
    expect(of({ status: 200, headers: problem, body: '{"code":"x"}' }, wanted).status).toBe('failed');
    expect(of({ status: 404, headers: { 'content-type': 'text/html' }, body: '{"code":"x"}' }, wanted).status).toBe(
      'failed',
    );
    expect(of({ status: 404, headers: problem, body: '<h1>404</h1>' }, wanted).status).toBe('failed');
  });

  it('HEM-8 sees a name that leads somewhere else', () => {
    const wanted = { ...expected, addresses: ['10.0.0.1', '10.0.0.2'] };
    expect(judgeAddresses({ addresses: ['10.0.0.2', '10.0.0.1'], dnsMs: 1 }, wanted)).toEqual([]);
    expect(judgeAddresses({ addresses: ['10.0.0.1', '203.0.113.9'], dnsMs: 1 }, wanted)).toEqual([
      'its name leads to 203.0.113.9, which nobody expects',
      'its name does not lead to 10.0.0.2',
    ]);
    expect(judgeAddresses({ addresses: [], dnsMs: 1 }, expected)).toEqual(['its name leads nowhere']);
  });
});
