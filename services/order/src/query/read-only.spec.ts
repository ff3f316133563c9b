import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const HERE = import.meta.dirname;
/** Methods of a collection that change something. */
const WRITES =
  /\.(insertOne|insertMany|updateOne|updateMany|replaceOne|deleteOne|deleteMany|bulkWrite|findOneAnd\w+|dropCollection|dropDatabase)\(/;

const sources = readdirSync(HERE, { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('test/'),
);
const writers = sources.filter((path) => WRITES.test(readFileSync(join(HERE, path), 'utf8')));
const usersOf = (pattern: RegExp): string[] =>
  sources.filter((path) => pattern.test(readFileSync(join(HERE, path), 'utf8')));

describe('CQ-1, MV-2: who writes on the read side', () => {
  it('is the projector for views; state, progress and status each have one owner; queries have no way to', () => {
    expect(writers.sort()).toEqual([
      'persistence/views.ts', // which generation is read
      'rebuild/rebuild.ts', // how far a rebuild is
      'views/as-of.ts', // how far a process is
      'views/last-message-wins.naive.ts',
    ]);
    expect(usersOf(/\b(keepNewest|fillNewest)\b/).sort()).toEqual(['order-query.module.ts', 'views/projector.ts']);
  });

  it('writes nothing to PostgreSQL: the one statement file only selects', () => {
    expect(usersOf(/from 'pg'/)).toEqual(['rebuild/order-source.ts']);
    const text = readFileSync(join(HERE, 'rebuild/order-source.ts'), 'utf8');
    expect(text).not.toMatch(/\b(insert into|update \w+ set|delete from|truncate)\b/i);
  });
});
