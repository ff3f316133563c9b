import { isPartOf } from '../prove/patterns.ts';
import type { Outcomes, Proof, Side } from '../prove/proof.ts';
import type { Observations } from '../run/observations.ts';
import type { ExpectationResult, InvariantResult } from '../run/verdict.ts';
import type { Chart } from './chart.ts';
import { chartsOf, comparable, drawAll } from './charts.ts';
import { repeatSection } from './facts.ts';
import { type Frame, frameOf } from './frame.ts';
import { html, type Html } from './html.ts';
import { boundText, sign, signOf } from './hypotheses.ts';
import { figure, kept } from './numbers.ts';
import { page } from './page.ts';
import type { Run } from './report.ts';
import { OUTCOMES } from './summary.ts';

const SAYS: Readonly<Record<Outcomes, { readonly word: string; readonly sign: string; readonly as: string }>> = {
  proven: { word: 'Proven', sign: '✓', as: 'pass' },
  'not-proven': { word: 'Not proven', sign: '✗', as: 'fail' },
  broken: { word: 'Broken', sign: '!', as: 'broken' },
};

/** The run with the pattern beside the one without it, on the same scales. `off` is missing where it was not run. */
export function renderProof(proof: Proof, on: Run, off?: Run): string {
  const { word, sign: mark, as } = SAYS[proof.outcome];
  const body = html`<header class="verdict ${as}">
      <p class="stamp"><span aria-hidden="true">${mark}</span> ${word}</p>
      <h1>${nameOf(proof.pattern)}: what it is good for</h1>
      <p class="summary">${kept(proof.sentence)}</p>
      <p class="decides"><b>Decides:</b> ${kept(proof.deciding)}</p>
    </header>
    <section class="sides" aria-label="Verdicts">
      ${card(`With ${proof.pattern}`, undefined, proof.on)} ${card('Without it', proof.without, proof.off)}
    </section>
    ${comparison(proof, on, off)} ${sideBySide(on, off)} ${repeatSection({ ...on.verdict, command: commandOf(proof) })}`;
  return page(`${nameOf(proof.pattern)}: ${word.toLowerCase()}`, body);
}

const nameOf = (pattern: string): string => pattern.charAt(0).toUpperCase() + pattern.slice(1).replaceAll('-', ' ');

const commandOf = ({ pattern, seed }: Proof): string => `./souk prove ${pattern} --seed ${seed}`;

function card(title: string, how: string | undefined, side: Side): Html {
  const said = side.verdict === 'not run' ? { word: 'Not run', sign: '–' } : OUTCOMES[side.verdict];
  return html`<div class="side card ${side.verdict === 'not run' ? 'aborted' : side.verdict}">
    <h2>${title} <small>${how}</small></h2>
    <p class="stamp"><span aria-hidden="true">${said.sign}</span> ${said.word}</p>
    <p class="deciding ${side.figure.length > 16 ? 'long' : ''}">${side.figure === '' ? '–' : kept(side.figure)}</p>
    <p class="lead">${kept(side.sentence)}</p>
  </div>`;
}

/** Every expectation, and the invariants that something can be learned from: those that decide, and those that were broken. */
function comparison({ deciding }: Proof, on: Run, off: Run | undefined): Html {
  return html`<section aria-labelledby="both">
    <h2 id="both">What was expected of both</h2>
    <table class="both">
      <thead>
        <tr>
          <th scope="col">Hypothesis</th>
          <th scope="col" class="number">With</th>
          <th scope="col" class="number">Without</th>
          <th scope="col" class="number">Wanted</th>
        </tr>
      </thead>
      <tbody>
        ${[...expectationRows(on, off), ...invariantRows(deciding, on, off)].map(
          ({ what, of, decides, withIt, without, wanted }) =>
            html`<tr class="${decides(deciding) ? 'decisive' : ''}">
              <td>${what} <small>${of}</small></td>
              <td class="number">${withIt}</td>
              <td class="number">${without}</td>
              <td class="number">${wanted}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

interface Row {
  readonly what: string;
  /** Phase of an expectation, or id of an invariant. */
  readonly of: string;
  readonly decides: (deciding: string) => boolean;
  readonly withIt: Html;
  readonly without: Html;
  readonly wanted: string;
}

function expectationRows(on: Run, off: Run | undefined): readonly Row[] {
  const others = new Map(off?.verdict.expectations.map((one) => [`${one.phase} ${one.that}`, one]));
  return on.verdict.expectations.map((one) => ({
    what: one.that,
    of: one.phase,
    decides: (deciding) => deciding === one.that,
    withIt: seen(one),
    without: seen(others.get(`${one.phase} ${one.that}`)),
    wanted: boundText(one),
  }));
}

const seen = (one: ExpectationResult | undefined): Html =>
  one === undefined
    ? html`–`
    : html`${sign(one.ok)} <b>${one.figure === undefined ? 'nothing seen' : figure(one.figure, one.unit)}</b>`;

function invariantRows(deciding: string, on: Run, off: Run | undefined): readonly Row[] {
  const key = ({ id, what }: InvariantResult): string => `${id} ${what}`;
  const decides = ({ id }: InvariantResult): boolean => id === deciding || isPartOf(id, deciding);
  const both = [on, off].map((run) => new Map(run?.verdict.invariants.map((one) => [key(one), one])));
  const all = new Map(both.flatMap((of) => [...of]));
  return [...all.values()]
    .filter((one) => decides(one) || both.some((of) => of.get(key(one))?.ok === false))
    .map((one) => {
      const [withIt, without] = both.map((of) => holds(of.get(key(one))));
      return {
        what: one.what,
        of: one.id,
        decides: () => decides(one),
        withIt: withIt ?? holds(undefined),
        without: without ?? holds(undefined),
        wanted: 'always',
      };
    });
}

const holds = (one: InvariantResult | undefined): Html =>
  one === undefined
    ? html`–`
    : html`${signOf(one)} <b>${one.notChecked ? 'not checked' : one.ok ? 'holds' : 'broken'}</b>`;

function sideBySide(on: Run, off: Run | undefined): Html {
  const [first, second] = [drawable(on), off === undefined ? undefined : drawable(off)];
  return html`<section aria-labelledby="charts">
    <h2 id="charts">Both runs</h2>
    <p class="lead">With it first, then without, on the same scales. The fault is hatched.</p>
    <div class="sides">
      ${drawn('With', first, second)} ${second === undefined ? undefined : drawn('Without', second, first)}
    </div>
  </section>`;
}

interface Drawable {
  readonly observations: Observations;
  readonly frame: Frame;
  readonly charts: readonly Chart[];
}

function drawable({ observations }: Run): Drawable {
  const frame = frameOf(observations);
  return { observations, frame, charts: chartsOf(observations, frame) };
}

function drawn(title: string, { observations, frame, charts }: Drawable, other: Drawable | undefined): Html {
  return html`<div>
    <h3 class="which">${title}</h3>
    ${drawAll(comparable(charts, other?.charts ?? []), observations, frame)}
  </div>`;
}
