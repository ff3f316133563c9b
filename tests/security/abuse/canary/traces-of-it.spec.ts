import { describe, expect, it } from '@jest/globals';
import { brokenLines, found } from './traces-of-it.ts';

const entry = '{"level":30,"time":"2026-01-01T00:00:00.000Z","msg":"access"}';

describe('a log', () => {
  it('is in order with one entry a line', () => expect(brokenLines(`${entry}\n${entry}\n`)).toEqual([]));
  it('is looked at to its last whole line', () => expect(brokenLines(`${entry}\n{"lev`)).toEqual([]));
  it.each([
    ['a line that is no entry', `${entry}\nforged\n`],
    ['an entry without level', '{"msg":"forged"}\n'],
    ['an escape sequence', `${entry.replace('access', 'a\u001b[31m')}\n`],
    ['a carriage return', `${entry}\r\n`],
    ['a line without end', `${entry.replace('access', 'x'.repeat(20_000))}\n`],
  ])('is not with %s', (_what, text) => expect(brokenLines(text)).toHaveLength(1));
});

it('a secret is found wherever it stands', () => {
  expect(found('here', 'a secret-1 b', ['secret-1', 'secret-2'])).toEqual(['here has secret-1']);
});
