import { describe, expect, it } from '@jest/globals';
import type { Answer } from '../support/send.ts';
import type { Expectation } from './expectations.ts';
import { type Caller, type Cell, cellsOf, expected, judge, otherMethods, type Place, type Whose } from './matrix.ts';

const nobody = { anonymous: undefined, 'user A': 'A', 'user B': 'B', admin: 'X', service: 'S', expired: 'E' };
const ids = { 'user A': 'a', 'user B': 'b', product: 'p', sku: 's' };
const gateway: Place = { base: '', credentials: nobody, ids, isGateway: true };
const service: Place = { ...gateway, isGateway: false };

const cell = (who: Expectation['who'], caller: Caller, whose: Whose = 'own', path = '/api/x/{id}'): Cell => ({
  operation: { key: `GET ${path}`, method: 'GET', path },
  caller,
  whose,
  expectation: { who, names: 'order', own: [200] },
});
const answer = (status: number, code?: string, more = ''): Answer => ({
  status,
  headers: {},
  text: JSON.stringify({ code, more, traceId: Math.random().toString(16).slice(2) }),
  json: code === undefined ? {} : { code },
});

describe('what the table says', () => {
  it.each<[Cell, Place, unknown]>([
    [cell('signed-in', 'anonymous'), gateway, '401 authentication-required'],
    [cell('signed-in', 'service'), gateway, '401 token-invalid'],
    [cell('everybody', 'expired'), gateway, '401 token-expired'],
    [cell('everybody', 'expired', 'own', '/docs'), gateway, [200]],
    [cell('everybody', 'expired', 'own', '/docs'), service, '401 token-expired'],
    [cell('administrators', 'user A'), gateway, '403 forbidden'],
    [cell('administrators', 'admin'), gateway, [200]],
    [cell('signed-in', 'user A', "other's"), gateway, 'as missing'],
    [cell('signed-in', 'admin', "other's"), gateway, [200]],
    [cell('signed-in', 'user B', 'missing'), gateway, [404]],
    [cell('session', 'admin'), gateway, '401 authentication-required'],
  ])('%j', (one, place, wanted) => expect(expected(one, place)).toEqual(wanted));
});

describe('the judge', () => {
  const others = cell('signed-in', 'user A', "other's");
  const missing = answer(404, 'order-not-found');

  it('takes what is as it should be', () => {
    expect(judge(cell('signed-in', 'user A'), gateway, answer(200), undefined)).toBeUndefined();
    expect(judge(others, gateway, answer(404, 'order-not-found'), missing)).toBeUndefined();
  });

  it.each<[string, Cell, Answer]>([
    ['a customer who is let in', cell('administrators', 'user B'), answer(200)],
    ['another code', cell('signed-in', 'expired'), answer(401, 'token-invalid')],
    ['an order of somebody else', others, answer(200)],
    ['a refusal that tells it is there', others, answer(403, 'forbidden')],
    ['a body that tells it is there', others, answer(404, 'order-not-found', 'yours it is not')],
    ['an owner who is kept out', cell('signed-in', 'user A'), answer(404, 'order-not-found')],
    ['a fault', { ...cell('everybody', 'user A'), expectation: { who: 'everybody' } }, answer(500)],
    [
      'a visitor who is kept out',
      { ...cell('everybody', 'anonymous'), expectation: { who: 'everybody' } },
      answer(403),
    ],
  ])('sees %s', (_what, one, given) => expect(judge(one, gateway, given, missing)).toEqual(expect.any(String)));
});

describe('the cells of an operation', () => {
  const operation = { key: 'POST /x/{id}', method: 'POST', path: '/x/{id}' };
  it('are every caller with every kind of id; administrators change only what is not there', () => {
    const cells = cellsOf(operation, { who: 'signed-in', names: 'order' });
    expect(cells).toHaveLength(5 * 3 + 1);
    expect(cells.filter(({ caller }) => caller === 'admin').map(({ whose }) => whose)).toEqual(['missing']);
  });

  it('go with every method that the path does not have', () => {
    expect(otherMethods('/x/{id}', [operation])).toEqual(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);
    expect(otherMethods('/y', [{ ...operation, method: 'GET', path: '/y' }])).not.toContain('HEAD');
  });
});
