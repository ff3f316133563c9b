import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { FAULTS } from '../../tools/chaos/src/faults/faults.ts';
import { MEASURES } from '../../tools/chaos/src/measure/measures.ts';
import { CHECKED } from '../../tools/chaos/src/run/checked.ts';
import { ROOT } from './sources.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Row of docs/failures.md by experiment; undefined for one that is about something else. */
function experiments(): Map<string, number | undefined> {
  const folders = readdirSync(join(ROOT, 'chaos'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Map(
    folders.map(({ name }) => {
      const { failure } = parse(read(`chaos/${name}/experiment.yaml`)) as { failure?: number };
      return [name, failure];
    }),
  );
}

interface Row {
  readonly id: number;
  readonly experiments: readonly string[];
  readonly notYet: boolean;
}

const linked = (text: string): string[] =>
  [...text.matchAll(/\]\(\.\.\/chaos\/([a-z0-9-]+)\/experiment\.yaml\)/g)].map((match) => match[1] ?? '');

/** Rows of the tables, and what stands below them. */
function failures(page: string): { rows: Row[]; others: string[] } {
  const [tables = '', rest = ''] = page.split('## Beside the list');
  const rows = [...tables.matchAll(/^\| (\d+) \|.*\| ([^|]*) \|$/gm)].map(([, id, last = '']) => {
    const notYet = /^\*\*not yet\*\*: \S/.test(last);
    return { id: Number(id), experiments: notYet ? [] : linked(last), notYet };
  });
  return { rows, others: linked(rest) };
}

/** What does not fit between the page and the experiments. */
function differences(page: string, all: ReadonlyMap<string, number | undefined>): string[] {
  const { rows, others } = failures(page);
  const said = new Map([
    ...others.map((name) => [name, undefined] as const),
    ...rows.flatMap((row) => row.experiments.map((name) => [name, row.id] as const)),
  ]);
  const times = [...others, ...rows.flatMap((row) => row.experiments)];
  return [
    ...[...all].flatMap(([name, row]) => {
      if (!said.has(name)) return [`${name} is missing: ${row === undefined ? 'beside the list' : `row ${row}`}`];
      return said.get(name) === row ? [] : [`${name} belongs to ${row === undefined ? 'no row' : `row ${row}`}`];
    }),
    ...[...said.keys()].filter((name) => !all.has(name)).map((name) => `there is no experiment ${name}`),
    ...times.filter((name, index) => times.indexOf(name) !== index).map((name) => `${name} stands twice`),
    ...rows
      .filter((row) => !row.notYet && row.experiments.length === 0)
      .map(({ id }) => `row ${id} has neither an experiment nor "not yet"`),
  ];
}

describe('docs/failures.md', () => {
  const page = read('docs/failures.md');
  it('has seventy rows, each once', () => {
    const { rows } = failures(page);
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 70 }, (_, index) => index + 1));
  });

  it('names the experiment of each row, or says that there is none, and nothing else', () => {
    expect(differences(page, experiments())).toEqual([]);
  });

  it('has experiments for most of them', () => {
    expect(failures(page).rows.filter(({ notYet }) => !notYet).length).toBeGreaterThanOrEqual(40);
  });

  it('would miss one', () => {
    const row = (id: number, last: string): string => `| ${id} | it dies | again | I1 | ${last} |`;
    const link = (name: string): string => `[${name}](../chaos/${name}/experiment.yaml)`;
    const all = new Map([
      ['one', 1],
      ['other', undefined],
    ] as [string, number | undefined][]);
    const good = [row(1, link('one')), row(2, '**not yet**: nobody did'), '## Beside the list', link('other')].join(
      '\n',
    );
    expect(differences(good, all)).toEqual([]);
    expect(differences(good, new Map([...all, ['new', 2]]))).toEqual(['new is missing: row 2']);
    expect(
      differences(
        good,
        new Map([
          ['one', 2],
          ['other', undefined],
        ]),
      ),
    ).toEqual(['one belongs to row 2']);
    expect(differences(good, new Map([['one', 1]]))).toEqual(['there is no experiment other']);
    expect(differences(`${good} ${link('one')}`, all)).toEqual(['one stands twice']);
    expect(differences(good.replace('**not yet**: nobody did', ''), all)).toEqual([
      'row 2 has neither an experiment nor "not yet"',
    ]);
  });
});

describe('docs/chaos.md', () => {
  const page = read('docs/chaos.md');
  const section = (title: string): string =>
    new RegExp(`^##+ ${title}$([\\s\\S]*?)(?=^##+ )`, 'm').exec(page)?.[1] ?? '';

  it('lists every fault with what it does, in the order in which the command has them', () => {
    const rows = [...section('Faults').matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(([, kind, summary]) => ({
      kind,
      summary,
    }));
    expect(rows).toEqual(FAULTS.map(({ kind, summary }) => ({ kind, summary })));
  });

  it('lists every measure', () => {
    const first = [...section('Measures').matchAll(/^\| (`.*`) \|/gm)].map((match) => match[1] ?? '');
    const names = first.join().matchAll(/`([a-z0-9-]+)`/g);
    expect([...names].map((match) => match[1]).sort()).toEqual(MEASURES.map(({ name }) => name).sort());
  });

  it('explains every invariant that is checked', () => {
    const ids = [...section('Invariants').matchAll(/^\| (I\d+) \|/gm)].map((match) => match[1]);
    expect(ids).toEqual(Array.from({ length: 17 }, (_, index) => `I${index + 1}`));
    expect(CHECKED.filter((id) => !ids.includes(id))).toEqual([]);
  });
});
