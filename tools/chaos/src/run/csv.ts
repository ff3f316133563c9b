import { appendFileSync } from 'node:fs';
import { readIfThere } from '../../../cli/src/system/files.ts';
import type { PastExperiment } from './run-experiment.ts';
import type { Verdict } from './verdict.ts';

const HEADER = 'date,commit,experiment,on,seed,verdict,took_s,orders,confirmed,recovery_s,what_happened';
/** What makes a line the same run: those that are there already are not run again. */
type Run = Pick<Verdict, 'commit' | 'experiment' | 'on' | 'seed'>;
/** Those that stand in the file. */
const VERDICTS = ['pass', 'fail'];

/** Results of many runs, a line each: a list that was broken off goes on where it stood. */
export class ResultsFile {
  readonly #file: string;
  /** The verdict of each. */
  readonly #known: Map<string, string>;
  /** What has to stand before the next line. */
  #first: string;

  constructor(file: string) {
    this.#file = file;
    const text = readIfThere(file) ?? '';
    const lines = text.split('\n');
    this.#first = `${isWhole(text) ? '' : '\n'}${lines.includes(HEADER) ? '' : `${HEADER}\n`}`;
    this.#known = new Map(
      lines
        .map((line) => line.split(','))
        // Of a line that was cut off before it nobody knows how the run ended.
        .filter(([, , , , , verdict = '']) => VERDICTS.includes(verdict))
        .map((fields) => [fields.slice(1, 5).join(), fields[5] ?? '']),
    );
  }

  /** The verdict on this run where it is there already. */
  verdictOn(run: Run): string | undefined {
    // With changes that are not committed: others look the same.
    if (run.commit.endsWith('+')) return undefined;
    return this.#known.get(idOf(run));
  }

  /** A run that its harness or a person has ended says nothing, and is run again. */
  add({ verdict, observations }: Pick<PastExperiment, 'verdict' | 'observations'>): void {
    if (verdict.verdict === 'broken' || verdict.verdict === 'aborted') return;
    const { orders } = observations;
    const { startedAt, commit, experiment, on, seed, tookMs, recoverySeconds, sentence } = verdict;
    const fields = [
      startedAt.slice(0, 16),
      commit,
      experiment,
      on,
      seed,
      verdict.verdict,
      Math.round(tookMs / 1_000),
      orders.length,
      orders.filter(({ confirmedAt }) => confirmedAt !== undefined).length,
      quoted(
        Object.entries(recoverySeconds)
          .map(([what, seconds]) => `${what} ${seconds}`)
          .join('; '),
      ),
      quoted(sentence),
    ];
    appendFileSync(this.#file, `${this.#first}${fields.join()}\n`);
    this.#first = '';
    this.#known.set(idOf(verdict), verdict.verdict);
  }
}

/** Not in the middle of a line, as whoever was killed while writing has left it. */
const isWhole = (text: string): boolean => text === '' || text.endsWith('\n');

const idOf = ({ commit, experiment, on, seed }: Run): string => [commit, experiment, on, seed].join();

/** On one line, whatever it says: the file is read by lines. */
const quoted = (text: string): string => `"${text.replaceAll(/\s+/g, ' ').replaceAll('"', '""')}"`;
