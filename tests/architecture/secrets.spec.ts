import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { entropy, type Finding, secretsIn } from './secrets.ts';
import { ROOT } from './sources.ts';

/** What looks like a secret and is none: where it may stand, how it begins, and what it is. */
const KNOWN: readonly { in: RegExp; shown: RegExp; what: string }[] = [
  {
    in: /^contracts\/(samples|openapi)/,
    shown: /^MjAyNi0w/,
    what: 'the cursor of a page in examples: a time and an id',
  },
  { in: /^contracts\/(samples|openapi)/, shown: /^77m5RtOqwJFp/, what: 'a CSRF token in examples, of no session' },
];
/** Hashes and nothing else; supply-chain.spec.ts looks at each line of it. */
const HASHES = 'package-lock.json';

const isKnown = (path: string, { shown }: Finding): boolean =>
  KNOWN.some((known) => known.in.test(path) && known.shown.test(shown));
const told = (path: string, { kind, shown, line }: Finding): string => `${path}:${line} ${kind} ${shown}`;

/** What git would commit: tracked, or new and not ignored. */
function filesOfTree(): string[] {
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  return execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter(
      (path) =>
        path !== '' && path !== HASHES && statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile() === true,
    );
}

describe('secrets', () => {
  it('are in no file', () => {
    const files = filesOfTree();
    expect(files.length).toBeGreaterThan(1_000);
    const found = files.flatMap((path) =>
      secretsIn(readFileSync(join(ROOT, path), 'utf8'))
        .filter((finding) => !isKnown(path, finding))
        .map((finding) => told(path, finding)),
    );
    expect(found).toEqual([]);
  });

  it('were in no commit that is here', async () => {
    const { commits, found } = await scanHistory();
    expect(commits).toBeGreaterThan(0);
    expect([...found]).toEqual([]);
  });

  it.each([
    ['a private key', `-----BEGIN ${'PRIVATE'} KEY-----`],
    ['the body of a key', randomBytes(48).toString('base64')],
    ['a key of sessions', `key ${randomBytes(32).toString('base64url')} end`],
    ['a private JWK', `{"kty":"EC","d":"${'x'.repeat(43)}"}`],
    ['an access token', `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(43)}`],
    ['a token of a code host', `ghp_${'A1b2'.repeat(9)}`],
    ['a registry token', `//registry/:_${'authToken'}=abcdefgh12345`],
    ['a password', `${'password'}: 'tr0ub4dor-and-3xtra'`],
    ['a password in an address', `postgres${'://'}order_app:s3cr3tpw9x@localhost/order`],
    ['a key in an environment', `export STRIPE_API_${'KEY'}=a8Kd93hfL20skdj4`],
  ])('would be seen: %s', (_what, line) => expect(secretsIn(`first line\n${line}`)).toMatchObject([{ line: 2 }]));

  it.each([
    ['a hash', 'a'.repeat(32) + '0123456789abcdef'.repeat(2)],
    ['a name in a template', 'postgres://order_app:${password}@localhost/order'],
    ['a reference', 'password: process.env.PG_PASSWORD_FILE'],
    ['a word of a test', "secret: 'client-secret-of-the-test'"],
    ['a path', 'import { x } from "../../services/order/src/persistence/pg-order.repository.js"'],
  ])('would not be seen: %s', (_what, line) => expect(secretsIn(line)).toEqual([]));

  it('are told from words by their entropy', () => {
    expect(entropy('aaaa')).toBe(0);
    expect(entropy('abcd')).toBe(2);
  });
});

/** Every line that a commit added; of a shallow clone, what it has. */
async function scanHistory(): Promise<{ commits: number; found: Set<string> }> {
  const log = ['log', '-p', '-U0', '--no-color', '--no-ext-diff', '--format=commit %h', '--', '.', `:!${HASHES}`];
  const git = spawn('git', log, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const found = new Set<string>();
  let [commits, commit, path] = [0, '', ''];
  for await (const line of createInterface({ input: git.stdout, crlfDelay: Infinity })) {
    if (line.startsWith('commit ')) [commits, commit] = [commits + 1, line];
    else if (line.startsWith('+++ ')) path = line.slice('+++ b/'.length);
    else if (line.startsWith('+')) {
      for (const finding of secretsIn(line.slice(1)).filter((one) => !isKnown(path, one)))
        found.add(`${commit} ${path} ${finding.kind} ${finding.shown}`);
    }
  }
  return { commits, found };
}
