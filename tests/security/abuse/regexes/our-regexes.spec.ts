import { describe, expect, it } from '@jest/globals';
import { ourRegexes, regexesIn } from './our-regexes.ts';

describe('the regular expressions of a source', () => {
  it('are its literals, with their place', () => {
    const text = 'const a = 1;\nexport const b = /^[a-z/]+\\/$/iu;\n';
    expect(regexesIn('x.ts', text)).toEqual([{ where: 'x.ts:2', source: '^[a-z/]+\\/$', flags: 'iu' }]);
  });

  it('are those made of texts too, as far as they are known', () => {
    const found = regexesIn('x.ts', "new RegExp('a+b', 'g'); RegExp(`^${name}-(.*)$`); new RegExp(name);");
    expect(found.map(({ source, flags }) => [source, flags])).toEqual([
      ['a+b', 'g'],
      ['^\\w+-(.*)$', ''],
      ['\\w+', ''],
    ]);
  });

  it('are no divisions, comments or texts', () => {
    expect(regexesIn('x.ts', "const a = 4 / 2 / 1; // /x/\nconst b = '/x/';")).toEqual([]);
  });
});

it('all of them compile, and those are among them that every request meets', () => {
  const all = ourRegexes();
  for (const { source, flags } of all) expect(() => new RegExp(source, flags)).not.toThrow();
  const files = all.map(({ where }) => where.split(':')[0]);
  expect(files).toEqual(expect.arrayContaining(['gateway/src/gatekeeper/path-guard.ts', 'contracts/src/common.ts']));
  expect(all.filter(({ where }) => where.startsWith('zod '))).toHaveLength(3);
});
