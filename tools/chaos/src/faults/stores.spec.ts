import { describe, expect, it } from '@jest/globals';
import { spoilt } from './config-bad.ts';
import { faultOf } from './fault-of.mother.ts';
import { reversed } from './kafka-reorder.ts';
import { poisoned } from './kafka-poison.ts';
import { forged } from './unknown-keys.ts';

const says = (kind: string, parameters: unknown = {}): string => faultOf(kind).read(parameters).says;

describe('faults of stores and settings', () => {
  it.each([
    ['kafka-offsets-reset', { group: 'inventory', times: 2 }, 'inventory reads everything again, 2 times'],
    ['kafka-duplicate', { topic: 'order.events.v1', last: '5s' }, 'the last 5 s of order.events.v1 sent 1 times more'],
    ['kafka-reorder', { topic: ['order.events.v1'] }, 'the last 10 s of order.events.v1 sent again in reverse'],
    ['kafka-topic-loss', { topic: 'activity.v1' }, 'activity.v1 deleted'],
    ['postgres-lock', { database: 'order', table: 'carts' }, 'table carts of order locked'],
    ['postgres-lock', { database: 'order', table: 'carts', rows: 3 }, '3 rows of carts of order locked'],
    ['postgres-terminate', { database: 'order', every: '500ms' }, 'sessions of order ended every 500 ms'],
    ['cache-flush', {}, 'the cache emptied'],
    ['cache-flush', { every: '2s' }, 'the cache emptied every 2 s'],
    [
      'payment-knobs',
      { declinePercent: 30, latencyMs: 900 },
      'payment declines 30 % of the cards, takes 900 ms longer',
    ],
    ['config-bad', { document: 'routes' }, 'routes.yaml is now bytes that are no text'],
    ['config-bad', { document: 'gateway', text: 'readOnly: perhaps' }, 'gateway.yaml is now "readOnly: perhaps"'],
    ['config-change', { settings: { 'gateway.readOnly': true } }, 'gateway.readOnly set to true'],
    ['config-change', { settings: { 'order.returnDays': null } }, 'order.returnDays taken out'],
    ['outbox-stuck-row', { because: 'no-topic' }, '4 messages in the outbox of order that have no topic'],
    ['unknown-keys', { perSecond: 20 }, '20 forged tokens a second, each with another key id'],
  ])('%s %j: %s', (kind, parameters, line) => expect(says(kind, parameters)).toBe(line));

  it.each([
    ['kafka-offsets-reset', { group: 'gateway' }],
    ['kafka-offsets-reset', { group: 'order', times: 6 }],
    ['kafka-poison', { topic: 'order.events.v1' }],
    ['kafka-duplicate', { topic: 'order.events.v1; drop', last: '5s' }],
    ['kafka-duplicate', { topic: 'order.events.v1', last: '601s' }],
    ['kafka-retention', { group: 'inventory' }],
    ['postgres-lock', { database: 'order', table: 'carts; drop table carts' }],
    ['postgres-lock', { database: 'identity', table: 'carts' }],
    ['postgres-pool-exhaustion', { database: 'order', most: 401 }],
    ['postgres-terminate', { database: 'order', every: '99ms' }],
    ['outbox-loss', { percent: 0 }],
    ['payment-knobs', {}],
    ['payment-knobs', { latencyMs: 60_001 }],
    ['config-bad', { document: 'issuers' }],
    ['config-change', { settings: {} }],
    ['config-change', { settings: { readOnly: true } }],
    ['canary-bad', { upstream: 'catalog', answers: 200 }],
    ['canary-bad', { upstream: 'catalog', weight: 101 }],
    ['unknown-keys', { perSecond: 301 }],
    ['commands-twice', { commands: ['down'] }],
  ])('%s refuses %j', (kind, parameters) => expect(() => faultOf(kind).read(parameters)).toThrow());

  it('spoils a text in ways that are all different from it', () => {
    const text = 'readOnly: false\nupstreamTimeoutMs: 5000\n';
    expect(spoilt(text, 'missing')).toBeNull();
    expect(spoilt(text, 'unknown-key')?.toString()).toBe(`${text}\nreadOnlyy: true\n`);
    expect(spoilt(text, 'cut-off')?.toString()).toBe(`${text.slice(0, 20)}\n{ [`);
    expect(spoilt(text, 'wrong-type')?.toString()).toBe('perhaps\n');
    expect(spoilt(text, 'garbage')?.includes(0)).toBe(true);
  });

  it('turns messages round without touching those that it was given', () => {
    const record = (offset: number) => ({ key: 'k', value: '', headers: {}, partition: 0, offset });
    const given = [record(1), record(2)];
    expect(reversed(given).map(({ offset }) => offset)).toEqual([2, 1]);
    expect(given.map(({ offset }) => offset)).toEqual([1, 2]);
  });

  it('poison looks like a message, but for what is wrong with it', () => {
    const { key, headers } = poisoned('wrong-shape', 'reserve-stock.v1', 'an-order');
    expect(key).toBe('an-order');
    expect(headers).toMatchObject({ ce_type: 'reserve-stock.v1', ce_source: '/souk/chaos', ce_subject: 'an-order' });
    expect(poisoned('unknown-type', 'reserve-stock.v1', 'k').headers['ce_type']).toBe('order.gift-wrapped.v9');
    expect(poisoned('bytes', 'x', 'k').headers['ce_id']).not.toBe(poisoned('bytes', 'x', 'k').headers['ce_id']);
  });

  it('a forged token is one but for its signature, and names another key each time', () => {
    const claims = { iss: 'http://issuer', sub: 'forger' };
    const read = (part = ''): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());
    const [header, payload, signature = ''] = forged(claims).split('.');
    expect(read(payload)).toEqual(claims);
    expect(Buffer.from(signature, 'base64url')).toHaveLength(64);
    expect(read(header)['kid']).not.toBe(read(forged(claims).split('.')[0])['kid']);
  });
});
