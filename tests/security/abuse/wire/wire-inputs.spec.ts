import { describe, expect, it } from '@jest/globals';
import { requestBytes } from './request-bytes.ts';
import { statusesIn } from './say.ts';
import { refusalOf, wireInputs } from './smuggling.ts';
import type { Outcome } from './wire-input.ts';

const input = (outcome: Outcome) => ({ name: 'x', bytes: '', outcome, requests: 0 });
const heard = (closed: boolean, ...statuses: number[]) => ({ statuses, closed, text: '' });

describe('what is written to a socket', () => {
  it('is sixty inputs at least, each of its own name, of every kind', () => {
    const inputs = wireInputs('a.b.c');
    expect(inputs.length).toBeGreaterThanOrEqual(60);
    expect(new Set(inputs.map(({ name }) => name)).size).toBe(inputs.length);
    expect(new Set(inputs.map(({ outcome }) => outcome)).size).toBe(6);
  });

  it('may be a request to the byte', () => {
    const bytes = requestBytes({ method: 'PUT', target: '/a b', headers: { x: 'y' }, body: 'é' });
    expect(bytes.toString()).toBe(
      'PUT /a b HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\ncontent-length: 2\r\nx: y\r\n\r\né',
    );
  });
});

it('of what comes back every final answer counts, wherever the one before it ended', () => {
  const first = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
  expect(statusesIn(`${first}HTTP/1.0 404 Not Found\r\n\r\n`)).toEqual([200, 404]);
  expect(statusesIn('')).toEqual([]);
});

describe('an answer is wrong', () => {
  it.each<[string, Outcome, ReturnType<typeof heard>]>([
    ['when something breaks', 'either', heard(true, 500)],
    ['when it takes what it must refuse', 'refused', heard(true, 200)],
    ['when it says nothing to what it must refuse', 'closed', heard(true)],
    ['when the connection stays open', 'closed', heard(false, 400)],
    ['when the last one stays open', 'last', heard(false, 200)],
    ['when half a request is one', 'dropped', heard(true, 200)],
  ])('%s', (_what, outcome, answer) => expect(refusalOf(input(outcome), answer)).toHaveLength(1));

  it.each<[Outcome, ReturnType<typeof heard>]>([
    ['closed', heard(true, 200, 400)],
    ['refused', heard(false, 431)],
    ['last', heard(true, 200)],
    ['either', heard(false, 200)],
    ['dropped', heard(false)],
  ])('and right for %s', (outcome, answer) => expect(refusalOf(input(outcome), answer)).toEqual([]));
});
