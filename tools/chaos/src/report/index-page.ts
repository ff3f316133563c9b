import type { Verdict } from '../run/verdict.ts';
import { html, type Html } from './html.ts';
import { date, duration } from './numbers.ts';
import { page } from './page.ts';
import { OUTCOMES, summaryOf } from './summary.ts';

/** A run in the list of runs. */
export interface Row {
  readonly verdict: Verdict;
  /** Of its report, from the folder that the list lies in: `20261121T180509Z-kafka-down/report.html`. */
  readonly href: string;
}

/** The runs that are there, the newest first. */
export function renderIndex(rows: readonly Row[]): string {
  const sorted = rows.toSorted((one, other) => other.verdict.startedAt.localeCompare(one.verdict.startedAt));
  const body = html`<header class="verdict">
      <h1>Runs</h1>
      <p class="summary">${counted(rows)}</p>
    </header>
    ${sorted.length === 0 ? undefined : table(sorted)}`;
  return page('Runs', body);
}

function counted(rows: readonly Row[]): string {
  if (rows.length === 0) return 'No run is there yet. ./souk chaos list shows what can be run.';
  const of = (outcome: keyof typeof OUTCOMES): number =>
    rows.filter(({ verdict }) => verdict.verdict === outcome).length;
  const parts = (['pass', 'fail', 'aborted', 'broken'] as const)
    .filter((outcome) => of(outcome) > 0)
    .map((outcome) => `${of(outcome)} ${OUTCOMES[outcome].word.toLowerCase()}`);
  return `${rows.length} ${rows.length === 1 ? 'run' : 'runs'}: ${parts.join(', ')}.`;
}

function table(rows: readonly Row[]): Html {
  return html`<section aria-label="Runs">
    <table class="runs">
      <thead>
        <tr>
          <th scope="col">Verdict</th>
          <th scope="col">Experiment</th>
          <th scope="col">Began</th>
          <th scope="col" class="number">Took</th>
          <th scope="col" class="number">Seed</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(row)}
      </tbody>
    </table>
  </section>`;
}

function row({ verdict, href }: Row): Html {
  const { word, sign } = OUTCOMES[verdict.verdict];
  return html`<tr class="side ${verdict.verdict}">
    <td>
      <span class="stamp"><span aria-hidden="true">${sign}</span> ${word}</span>
    </td>
    <td>
      <a href="${href}">${verdict.title}</a> <small>${verdict.experiment}</small>
      <p>${summaryOf(verdict).happened}.</p>
    </td>
    <td>${date(verdict.startedAt)}</td>
    <td class="number">${duration(verdict.tookMs)}</td>
    <td class="number"><span class="word">seed </span>${verdict.seed}</td>
  </tr>`;
}
