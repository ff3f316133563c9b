import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { VARIANTS } from '@souk/config';
import { SEEDED_BUGS } from './bugs.ts';
import { ALWAYS, chosen } from './choice.ts';
import { documented } from './document.ts';
import { render } from './report.ts';

/** Variants that lose and double nothing: what they spoil is shown by the tests of their patterns. */
const OTHERS = [
  'throttle-off',
  'shed-off',
  'health-shallow',
  'health-unbounded',
  'gatekeeper-unread',
  'telemetry-inline',
  'ambassador-naive',
  'recommendation-popular',
  'identity-key-swap',
  'issuers-mixed',
  'cache-delete-first',
  'cache-no-single-flight',
  'cache-forever',
  'routes-in-place',
  'canary-no-revert',
  'config-trusting',
  'cache-private',
  'compression-slow',
  'aggregation-serial',
  'breaker-off',
  'bulkhead-off',
  'one-pool',
  'retry-naive',
  'audience-unchecked',
  'issuer-unchecked',
  'expiry-unchecked',
  'algorithm-unpinned',
  'role-unchecked',
  'csrf-unchecked',
  'cookies-open',
  'identity-headers-passed',
  'underscore-headers-passed',
  'connection-header-obeyed',
  'forwarded-believed',
  'path-decoded-twice',
  'body-unlimited',
  'cors-reflecting',
  'secrets-logged',
  'errors-tell-all',
  'unknown-fields-taken',
  'parser-lenient',
  'clients-awaited',
  'internal-token-unchecked',
  'inner-role-unchecked',
  'owner-unchecked',
];
const names = SEEDED_BUGS.map(({ variant }) => variant);

describe('the seeded bugs', () => {
  it('are all variants that endanger data, each once', () => {
    expect([...names, ...OTHERS].sort()).toEqual(Object.keys(VARIANTS).sort());
  });

  it('each belong to a provocation that restarts a service which has the variant', () => {
    for (const { variant, provocation } of SEEDED_BUGS) {
      const where = /\(([^()]*)\)$/.exec(VARIANTS[variant])?.[1]?.split(', ') ?? [];
      expect({ variant, restarts: provocation.services.filter((name) => where.includes(name)) }).not.toEqual({
        variant,
        restarts: [],
      });
    }
  });

  it('stand in the documentation as they are', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/seeded-bugs.md'), 'utf8');
    const rows = text.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.replaceAll(/ +/g, ' ')] : []));
    expect(rows).toEqual(documented(SEEDED_BUGS).slice(2));
  });
});

describe('the choice of a run', () => {
  const short = (day: number, seed?: string) =>
    chosen(SEEDED_BUGS, { SOUK_TEST_FORM: 'short', ...(seed && { SOUK_SEED: seed }) }, day * 86_400_000).map(
      ({ variant }) => variant,
    );

  it('is all of them in the full form', () => expect(chosen(SEEDED_BUGS, {})).toEqual(SEEDED_BUGS));

  it('has the most important ones always, and others that change from day to day', () => {
    const seen = new Set(Array.from({ length: 30 }, (_, day) => short(day)).flat());
    expect([...seen].sort()).toEqual([...names].sort());
    expect(short(1)).toEqual(expect.arrayContaining([...ALWAYS]));
    expect(short(1, '5')).toEqual(short(5));
    expect(short(1).length).toBe(short(2).length);
    expect(short(1).length).toBeLessThan(10);
  });

  it('can be named', () => {
    const named = chosen(SEEDED_BUGS, { SOUK_BUGS: 'relay-cursor' }).map(({ variant }) => variant);
    expect(named).toEqual(['relay-cursor']);
    expect(() => chosen(SEEDED_BUGS, { SOUK_BUGS: 'relay-curser' })).toThrow('there is no seeded bug relay-curser');
  });
});

it('the table says what found a bug, and when none did', () => {
  const [bug] = SEEDED_BUGS;
  if (bug === undefined) throw new Error('there are no seeded bugs');
  const violations = [{ id: 'I2', what: '', compared: '', differences: ['key k became 2 orders'] }];
  const found = { violations, afterMs: 5_100, settledMs: 4_000 };
  const lines = render([
    { bug, found, caught: ['I2'], sound: found },
    { bug, found, caught: [], sound: found },
  ]);
  expect(lines[1]).toMatch(/order-no-idempotency .* I2 .* 5\.1 s .* key k became 2 orders/);
  expect(lines[2]).toMatch(/order-no-idempotency .* MISSED /);
});
