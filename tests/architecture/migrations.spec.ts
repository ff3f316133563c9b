import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './sources.ts';

/** What code of the release before may still use, or cannot know (docs/operations.md). */
const TAKES_AWAY: readonly RegExp[] = [
  /\bdrop\s+(table|column|view|index|type|constraint|schema)\b/i,
  /\brename\s+(to|column|constraint)\b/i,
  /\balter\s+column\s+\S+\s+(set\s+data\s+)?type\b/i,
  /\bset\s+not\s+null\b/i,
  /\badd\s+column\b(?![^,;]*\bdefault\b)[^,;]*\bnot\s+null\b/i,
  /\btruncate\s+table\b/i,
];

/** What a migration does on the way up that only one called `…_contract.sql` may. */
function takenAway(file: string, text: string): string[] {
  if (file.endsWith('_contract.sql')) return [];
  const up = (text.split(/^\s*--\s*Down Migration.*$/im, 1)[0] ?? '').replaceAll(/--.*$/gm, '');
  return TAKES_AWAY.flatMap((pattern) => pattern.exec(up)?.[0] ?? []);
}

describe('migrations expand, and contract a release later', () => {
  const files = globSync('{services,simulators}/*/migrations/*.sql', { cwd: ROOT });

  it('in every service', () => {
    expect(files.length).toBeGreaterThan(2);
    expect(files.flatMap((file) => takenAway(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });

  it('have names that say their order', () => {
    expect(files.map((file) => basename(file)).filter((name) => !/^\d{4}_[a-z0-9_]+\.sql$/.test(name))).toEqual([]);
  });

  it.each([
    'alter table orders drop column source;',
    'drop table carts;',
    'alter table orders rename column a to b;',
    'alter table orders alter column total type numeric;',
    'alter table orders alter column channel set not null;',
    'alter table orders add column channel text not null;',
  ])('refuse: %s', (sql) => {
    expect(takenAway('0002_more.sql', sql)).toHaveLength(1);
    expect(takenAway('0003_more_contract.sql', sql)).toEqual([]);
  });

  it.each([
    'create table returns (id uuid primary key, reason text not null);',
    "alter table orders add column channel text not null default 'web';",
    'alter table orders add column channel text;',
    'create index concurrently orders_channel on orders (channel);',
    'revoke update, delete, truncate on order_events from order_app;',
    '-- drop table is what we do not\nselect 1;',
    'select 1;\n-- Down Migration\ndrop table returns;',
  ])('allow: %s', (sql) => {
    expect(takenAway('0002_more.sql', sql)).toEqual([]);
  });
});
