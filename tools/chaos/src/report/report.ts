import type { Observations } from '../run/observations.ts';
import type { Verdict } from '../run/verdict.ts';
import { chartsSection } from './charts.ts';
import { type Budget, budgetSection, eventsSection, recoverySection, repeatSection } from './facts.ts';
import { frameOf } from './frame.ts';
import { html, type Html } from './html.ts';
import { hypothesesSection, invariantsSection } from './hypotheses.ts';
import { page } from './page.ts';
import { heldOf, OUTCOMES, summaryOf } from './summary.ts';

export interface Run {
  readonly verdict: Verdict;
  readonly observations: Observations;
  /** What it cost of the shop's promises; nothing where that was not worked out. */
  readonly budgets?: readonly Budget[];
}

/** One page that needs nothing else: it can be kept, sent and printed. */
export function renderReport({ verdict, observations, budgets = [] }: Run): string {
  const frame = frameOf(observations);
  const body = html`${header(verdict)} ${leftBehind(verdict)} ${hypothesesSection(verdict)}
    ${chartsSection(observations, frame)} ${invariantsSection(verdict)}
    <div class="pair">${recoverySection(verdict)}${budgetSection(budgets)}</div>
    ${eventsSection(observations, frame)} ${repeatSection(verdict)}`;
  return page(`${verdict.title}: ${OUTCOMES[verdict.verdict].word.toLowerCase()}`, body);
}

function header(verdict: Verdict): Html {
  const { word, sign, says } = OUTCOMES[verdict.verdict];
  const { broken, expected, happened } = summaryOf(verdict);
  const ended = verdict.endedIn === undefined ? '' : `ended in phase ${verdict.endedIn}`;
  const counts = [heldOf(verdict), ended].filter((part) => part !== '').join(' · ');
  return html`<header class="verdict ${verdict.verdict}">
    <p class="stamp"><span aria-hidden="true">${sign}</span> ${word}</p>
    <h1>${verdict.title}</h1>
    <p class="summary">
      <span><b>Broken:</b> ${broken};</span> <span><b>expected:</b> ${expected};</span>
      <span><b>happened:</b> ${happened}${happened.endsWith('…') ? '' : '.'}</span>
    </p>
    <p class="ended">${says} <span>${counts}</span></p>
  </header>`;
}

function leftBehind({ leftBehind: left }: Verdict): Html | undefined {
  if (left.length === 0) return undefined;
  return html`<section class="alarm" role="alert" aria-labelledby="left">
    <h2 id="left">Left behind</h2>
    <p>This could not be put back as it was; <code>souk chaos halt</code> tries again.</p>
    <ul>
      ${left.map((one) => html`<li>${one}</li>`)}
    </ul>
  </section>`;
}
