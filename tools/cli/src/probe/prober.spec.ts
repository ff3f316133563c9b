import { describe, expect, it } from '@jest/globals';
import type { Sight } from './look.ts';
import { blindness, probe, probeAll } from './prober.ts';
import type { Eyes, Target } from './prober.ts';
import { worst } from './round.ts';

const expected = { status: 200, maxMs: 1_000, maxDnsMs: 100, certDays: 14 };
const target: Target = { name: 'catalog', url: 'http://catalog-each:9090/healthz', headers: { k: 'v' }, expected };

/** Eyes that see this at each address. */
const eyes = (byAddress: Readonly<Record<string, Partial<Sight>>>, asked: string[] = []): Eyes => ({
  now: () => 0,
  resolve: async () => ({ addresses: Object.keys(byAddress), dnsMs: 3 }),
  look: async (url, address, { headers }) => {
    asked.push(`${address} ${JSON.stringify(headers)}`);
    return { url, address, status: 200, headers: {}, body: '', ms: 5, ...byAddress[address] };
  },
});

describe('the prober', () => {
  it('HEM-9 looks at every instance behind a name, and tells the sick one from the others', async () => {
    const asked: string[] = [];
    const results = await probe(target, eyes({ '10.0.0.1': {}, '10.0.0.2': { status: 503 }, '10.0.0.3': {} }, asked));
    expect(results.map(({ address, status }) => [address, status])).toEqual([
      ['10.0.0.1', 'ok'],
      ['10.0.0.2', 'failed'],
      ['10.0.0.3', 'ok'],
    ]);
    expect(asked).toEqual(['10.0.0.1 {"k":"v"}', '10.0.0.2 {"k":"v"}', '10.0.0.3 {"k":"v"}']);
  });

  it('HEM-9 says so when a name leads nowhere, or cannot be found', async () => {
    expect(await probe(target, eyes({}))).toMatchObject([{ status: 'failed', problems: ['its name leads nowhere'] }]);
    const blind = { ...eyes({}), resolve: () => Promise.reject(new Error('ENOTFOUND')) };
    expect(await probe(target, blind)).toMatchObject([
      { status: 'failed', problems: ['its name is not found: ENOTFOUND'] },
    ]);
  });

  it('looks at all targets, whatever one of them does', async () => {
    const results = await probeAll([target, { ...target, name: 'order' }], eyes({ '10.0.0.1': { error: 'refused' } }));
    expect(results.map(({ name, status }) => [name, status])).toEqual([
      ['catalog', 'failed'],
      ['order', 'failed'],
    ]);
  });

  it('HEM-7 HEM-10 believes itself when it sees the failure that is made for it', async () => {
    expect(await blindness(target, eyes({ a: { status: 503, body: '{"status":"test"}' } }))).toBeUndefined();
  });

  it.each<[string, Partial<Sight>, string]>([
    ['nobody fails there', { status: 200, body: '{"status":"test"}' }, 'nobody took it for a failure'],
    ['the key is wrong', { status: 404, body: '{"status":"not-found"}' }, 'is the key right?'],
    ['nobody answers', { status: undefined, error: 'connect ECONNREFUSED' }, 'connect ECONNREFUSED'],
  ] as [string, Partial<Sight>, string][])('HEM-10 does not believe itself when %s', async (_what, sight, why) => {
    expect(await blindness(target, eyes({ a: sight }))).toContain(why);
  });

  it('HEM-10 a round of a blind prober has failed, however well all looks', () => {
    expect(worst([{ status: 'ok' }], undefined)).toBe('ok');
    expect(worst([{ status: 'ok' }, { status: 'degraded' }], undefined)).toBe('degraded');
    expect(worst([{ status: 'degraded' }, { status: 'failed' }], undefined)).toBe('failed');
    expect(worst([{ status: 'ok' }], 'sees nothing')).toBe('failed');
  });
});
