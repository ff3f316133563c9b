import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT, sourceFiles } from './sources.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const isProduct = ({ path }: { path: string }): boolean =>
  /^(services|gateway|libs|simulators|sidecars)\//.test(path) && !/\.(spec|suite|mother)\.ts$|\/test\//.test(path);

const KINDS =
  'invalid|unauthenticated|forbidden|not-found|method-not-allowed|too-slow|conflict|too-large|headers-too-large|unsupported-media-type|unprocessable|too-many-requests|bad-gateway|unavailable|timeout|internal';

/** Codes as they stand in `new XError('kind', 'code'…)`, in tables (`'code': { kind: …`, `{ status: …`) and in `code = 'code'`. */
function codesIn(text: string): string[] {
  const patterns = [
    new RegExp(`'(?:${KINDS})',\\s*'([a-z]+(?:-[a-z]+)*)'`, 'g'),
    new RegExp(`'([a-z]+(?:-[a-z]+)+)': \\{\\s*kind: '(?:${KINDS})'`, 'g'),
    /'([a-z]+(?:-[a-z]+)+)': \{\s*status: \d{3}\b/g,
    /readonly code = '([a-z-]+)'/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** Codes in the first column of the tables of docs/problems.md. */
const documented = (): Set<string> =>
  new Set([...read('docs/problems.md').matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1] ?? ''));

describe('docs/problems.md', () => {
  const used = new Set(
    sourceFiles()
      .filter(isProduct)
      .flatMap(({ text }) => codesIn(text)),
  );

  it('lists every code that the software can answer', () => {
    expect(used.size).toBeGreaterThan(40);
    expect([...used].filter((code) => !documented().has(code))).toEqual([]);
  });

  it('lists no code that nobody answers', () => {
    const everything = sourceFiles()
      .filter(isProduct)
      .map(({ text }) => text)
      .join('\n');
    expect([...documented()].filter((code) => !everything.includes(`'${code}'`))).toEqual([]);
  });

  it('would miss a new one', () => {
    expect(codesIn(`new CodedError('conflict', 'brand-new-code', 'x')`)).toEqual(['brand-new-code']);
    expect(codesIn(`'brand-new-code': { kind: 'conflict', message: 'x' }`)).toEqual(['brand-new-code']);
  });
});

describe('docs/patterns/README.md', () => {
  const ids = (text: string): string[] =>
    text.match(/\b(?:AGG|AMB|BLK|CB|CC|CCH|CFG|CMP|CQ|ES|FED|GK|HEM|LDR|MV|OFF|QLL|RTE|RTY|SAS|SCR|THR)-\d+\b/g) ?? [];
  const listed = new Set(
    [...read('docs/patterns/README.md').matchAll(/^\| ([A-Z]{2,3}-\d+) /gm)].map((match) => match[1]),
  );
  const used = sourceFiles()
    .filter(({ path }) => path.endsWith('.spec.ts'))
    .flatMap(({ text }) => ids(text));

  it('says what every id in a test means', () => {
    expect(used.length).toBeGreaterThan(40);
    expect([...new Set(used)].filter((id) => !listed.has(id))).toEqual([]);
  });

  it('would miss a new one', () => {
    const unknown = ['SCR', '99'].join('-');
    expect(ids(`it('${unknown}: is new')`).filter((id) => !listed.has(id))).toEqual([unknown]);
  });
});

describe('the tables of outbox and inbox', () => {
  const statements = ['libs/outbox/sql', 'libs/messaging/sql']
    .flatMap((folder) => readdirSync(join(ROOT, folder)).map((file) => `${folder}/${file}`))
    .flatMap((file) => read(file).split('\n'))
    .filter((line) => /^(create|insert)/.test(line));

  it.each(['services/order', 'services/inventory'])(
    'are in the migrations of %s as the libraries want them',
    (service) => {
      const migrations = readdirSync(join(ROOT, service, 'migrations')).map((file) =>
        read(`${service}/migrations/${file}`),
      );
      expect(statements.length).toBeGreaterThanOrEqual(9);
      expect(statements.filter((statement) => !migrations.join('\n').includes(statement))).toEqual([]);
    },
  );
});

describe('Markdown', () => {
  const guides = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    ...readdirSync(join(ROOT, 'docs/adr')).map((file) => `docs/adr/${file}`),
    ...readdirSync(join(ROOT, 'docs/patterns')).map((file) => `docs/patterns/${file}`),
    'docs/api.md',
    'docs/chaos.md',
    'docs/dependencies.md',
    'docs/failpoints.md',
    'docs/failures.md',
    'docs/identity.md',
    'docs/kubernetes.md',
    'docs/operations.md',
    'docs/problems.md',
    'docs/recommendations.md',
    'docs/testing.md',
    'docs/tracing.md',
    'clients/typescript/README.md',
    'contracts/README.md',
    'tests/README.md',
    'tools/chaos/README.md',
    'tools/cli/README.md',
    'tools/trace-store/README.md',
  ];

  it('README.md has at most 200 lines', () => expect(read('README.md').split('\n').length).toBeLessThanOrEqual(201));

  it.each(guides)('%s links only to what is there', (guide) => {
    const targets = [...read(guide).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(guide), target)))).toEqual([]);
  });
});
