import { describe, expect, it } from '@jest/globals';
import { injections, wrongWith } from './injections.ts';

const answer = (status: number, body: string) => ({
  status,
  text: `HTTP/1.1 ${status} X\r\na: b\r\n\r\n${body}`,
  ms: 10,
  everything: 200,
});

describe('an injection', () => {
  it('is tried in every parameter, of its own name and of others', () => {
    const targets = injections().map(({ target }) => target);
    for (const part of ['q=', 'q[$ne]=', 'q%5B%24ne%5D=1', 'cursor=', '/api/stock/%24', '/api/admin/sagas/'])
      expect(targets.some((target) => target.includes(part))).toBe(true);
  });

  it('has failed when it is refused, or finds nothing', () => {
    expect(wrongWith({ ...answer(400, '{}'), place: 'query' })).toEqual([]);
    expect(wrongWith({ ...answer(404, '{}'), place: 'path' })).toEqual([]);
    expect(wrongWith({ ...answer(200, '{"items":[],"total":0}'), place: 'query' })).toEqual([]);
    expect(wrongWith({ ...answer(200, '{"items":[{"sku":"A"}],"total":3}'), place: 'query' })).toEqual([]);
  });

  it.each([
    ['everything is found', { ...answer(200, '{"items":[{"sku":"A"}],"total":200}'), place: 'query' as const }],
    ['something is found', { ...answer(200, '{"items":[{"sku":"A"}]}'), place: 'query' as const }],
    ['it names something', { ...answer(200, '{"sku":"A"}'), place: 'path' as const }],
    ['something breaks', { ...answer(500, '{}'), place: 'query' as const }],
    ['it takes its time', { ...answer(404, '{}'), place: 'path' as const, ms: 5_100 }],
    [
      'it writes a header',
      { status: 400, text: 'HTTP/1.1 400 X\r\nX-Injected: 1\r\n\r\n', place: 'query' as const, ms: 1, everything: 200 },
    ],
  ])('has got through when %s', (_what, answered) => expect(wrongWith(answered)).toHaveLength(1));
});
