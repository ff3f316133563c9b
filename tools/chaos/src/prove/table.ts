import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Proof, Side } from './proof.ts';
import { type ProvenPattern, switchOf } from './patterns.ts';

/** A row of docs/patterns/PROOF.md, cell by cell. */
export interface Row {
  readonly pattern: string;
  readonly without: string;
  readonly on: string;
  readonly off: string;
  readonly seed: string;
  readonly date: string;
  readonly commit: string;
}

const COLUMNS = ['pattern', 'switch', 'on: verdict (figure)', 'off: verdict (figure)', 'seed', 'date', 'commit'];
const NOTHING = '–';
const PASSED = /^pass \(/;
const FAILED = /^fail \(/;
/** Failed, but not by what was to decide. */
const ELSEWHERE = ', elsewhere';

const INTRODUCTION = `# Proof

Each pattern here has an experiment that passes with it and fails where it, or the safeguard named under *switch*, is taken away: the same fault, the same load, the same seed. \`./souk prove <pattern>\` shows
one of them, \`./souk prove --all\` writes all of this table. A row counts where *on* is \`pass\`, and *off* is \`fail\` by what was to decide, whose figure is in brackets. \`+\` behind a commit: with changes
that were not committed. Pages of the patterns: [README.md](README.md).`;

export function rowOf({ pattern, without, on, off, seed, startedAt, commit, outcome }: Proof): Row {
  return {
    pattern,
    without,
    on: cellOf(on, on.bound),
    off: off.verdict === 'fail' && outcome !== 'proven' ? `${cellOf(off)}${ELSEWHERE}` : cellOf(off),
    seed: String(seed),
    date: startedAt.slice(0, 10),
    commit,
  };
}

const cellOf = ({ verdict, figure }: Side, bound = ''): string =>
  `${verdict} (${figure === '' ? NOTHING : figure}${bound === '' ? '' : `, wanted ${bound}`})`;

/** Whether the row shows that the pattern matters. */
export const isGood = ({ on, off }: Row): boolean => PASSED.test(on) && FAILED.test(off) && !off.endsWith(ELSEWHERE);

/** The rows that a text has; without one, or of another shape, none. */
export function readRows(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
    const [, pattern = '', without = '', on = '', off = '', seed = '', date = '', commit = ''] = cells;
    const isRow = cells.length === COLUMNS.length + 2 && pattern !== COLUMNS[0] && !/^-+$/.test(pattern);
    return isRow && seed !== NOTHING ? [{ pattern, without, on, off, seed, date, commit }] : [];
  });
}

/** The page: one row a pattern, those that were never proven too. */
export function renderTable(patterns: readonly ProvenPattern[], rows: readonly Row[]): string {
  const shown = patterns.map((pattern) => rows.find((row) => row.pattern === pattern.name) ?? missing(pattern));
  const good = shown.filter(isGood).length;
  const lines = [COLUMNS, COLUMNS.map(() => '---'), ...shown.map(cells)].map((row) => `| ${row.join(' | ')} |`);
  return `${INTRODUCTION}\n\n${good} of ${patterns.length} patterns are proven.\n\n${lines.join('\n')}\n`;
}

const cells = ({ pattern, without, on, off, seed, date, commit }: Row): string[] =>
  [pattern, without, on, off, seed, date, commit].map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' '));

const missing = (pattern: ProvenPattern): Row => ({
  pattern: pattern.name,
  without: switchOf(pattern),
  on: 'not run',
  off: 'not run',
  seed: NOTHING,
  date: NOTHING,
  commit: NOTHING,
});

/** The file with the rows that there are. One writer; whoever reads it sees all of it or all of what was there before. */
export class ProofFile {
  readonly #file: string;
  readonly #patterns: readonly ProvenPattern[];
  #rows: readonly Row[];

  constructor(file: string, patterns: readonly ProvenPattern[]) {
    this.#file = file;
    this.#patterns = patterns;
    this.#rows = readRows(textOf(file));
  }

  /** What need not be proven again: good, with this switch, of this seed and of this commit, without changes to it. */
  has({ name, off }: ProvenPattern, commit: string, seed: number): boolean {
    if (commit.endsWith('+')) return false;
    return this.#rows.some(
      (row) =>
        row.pattern === name &&
        row.without === switchOf({ off }) &&
        row.commit === commit &&
        row.seed === String(seed) &&
        isGood(row),
    );
  }

  write(proof: Proof): void {
    this.#rows = [...this.#rows.filter(({ pattern }) => pattern !== proof.pattern), rowOf(proof)];
    const written = `${this.#file}.${process.pid}`;
    writeFileSync(written, renderTable(this.#patterns, this.#rows));
    renameSync(written, this.#file);
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
