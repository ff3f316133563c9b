import type { CheckedIn, ExpectationResult, InvariantResult, Verdict } from '../run/verdict.ts';
import { html, type Html } from './html.ts';
import { figure } from './numbers.ts';

const PARTS: readonly (readonly [CheckedIn, string])[] = [
  ['before', 'Before the fault'],
  ['during', 'During the fault'],
  ['after', 'After it was undone'],
  ['abort', 'At no time, or it is ended'],
];

/** Of what may have looked at nothing, and has. */
const SILENT = html`<span class="sign"><span aria-hidden="true">–</span><span class="unseen">not checked</span></span>`;

export const signOf = ({ ok, notChecked }: InvariantResult): Html => (ok && notChecked ? SILENT : sign(ok));

/** ✓ or ✗, with the word for those who cannot see it. */
export const sign = (ok: boolean): Html =>
  html`<span class="sign ${ok ? 'good' : 'bad'}"
    ><span aria-hidden="true">${ok ? '✓' : '✗'}</span><span class="unseen">${ok ? 'held' : 'did not hold'}</span></span
  >`;

export function boundText({ bound: { atLeast, atMost }, unit }: ExpectationResult): string {
  const least = atLeast === undefined ? [] : [`≥ ${figure(atLeast, unit)}`];
  const most = atMost === undefined ? [] : [`≤ ${figure(atMost, unit)}`];
  return [...least, ...most].join(' and ');
}

export function hypothesesSection({ expectations }: Verdict): Html {
  const parts = PARTS.map(([phase, title]) => ({ title, all: expectations.filter((one) => one.phase === phase) }));
  const body = parts.filter(({ all }) => all.length > 0).map(({ title, all }) => part(title, all));
  return html`<section aria-labelledby="hypotheses">
    <h2 id="hypotheses">What was expected of it</h2>
    ${
      body.length === 0
        ? html`<p class="lead">No expectation was looked at.</p>`
        : html`<table class="checks">
            <thead>
              <tr>
                <th scope="col"><span class="unseen">Held</span></th>
                <th scope="col">Hypothesis</th>
                <th scope="col" class="number">Seen</th>
                <th scope="col" class="number">Wanted</th>
              </tr>
            </thead>
            ${body}
          </table>`
    }
  </section>`;
}

function part(title: string, all: readonly ExpectationResult[]): Html {
  return html`<tbody>
    <tr class="part">
      <th scope="rowgroup" colspan="4">${title}</th>
    </tr>
    ${all.map(
      (one) =>
        html`<tr class="${one.ok ? 'held' : 'failed'}">
          <td>${sign(one.ok)}</td>
          <td>${one.that} <small>${one.measure}</small></td>
          <td class="number">
            <b>${one.figure === undefined ? 'nothing seen' : figure(one.figure, one.unit)}</b>${gauge(one)}
          </td>
          <td class="number">${boundText(one)}</td>
        </tr>`,
    )}
  </tbody>`;
}

/** The figure against its bound, to see how near it came; the mark is the bound. */
function gauge({ figure: seen, bound: { atLeast, atMost } }: ExpectationResult): Html | undefined {
  const bound = atMost ?? atLeast;
  if (seen === undefined || bound === undefined || seen < 0 || bound < 0) return undefined;
  const full = Math.max(seen, bound) * 1.1 || 1;
  const share = (value: number): number => Math.round((value / full) * 1_000) / 10;
  return html`<i class="gauge" aria-hidden="true"
    ><i class="bar" style="width: ${share(seen)}%"></i><i class="bound" style="left: ${share(bound)}%"></i
  ></i>`;
}

export function invariantsSection({ invariants }: Verdict): Html {
  const failed = invariants.filter(({ ok }) => !ok).length;
  const silent = invariants.filter(({ ok, notChecked }) => ok && notChecked).length;
  const others = silent === 0 ? '' : ` ${silent} had nothing to look at.`;
  const lead =
    invariants.length === 0
      ? 'They were not looked at.'
      : failed === 0
        ? `All ${invariants.length - silent} hold over all services, stores and topics.${others}`
        : `${failed} of ${invariants.length} do not hold.${others}`;
  return html`<section aria-labelledby="invariants">
    <h2 id="invariants">What must always be true</h2>
    <p class="lead">${lead}</p>
    ${invariants.length === 0 ? undefined : invariantTable(invariants)}
  </section>`;
}

function invariantTable(invariants: readonly InvariantResult[]): Html {
  return html`<table class="checks">
    <thead>
      <tr>
        <th scope="col"><span class="unseen">Held</span></th>
        <th scope="col">Invariant</th>
        <th scope="col">Looked at</th>
      </tr>
    </thead>
    <tbody>
      ${invariants.map(
        (one) =>
          html`<tr class="${one.ok ? 'held' : 'failed'}">
            <td>${signOf(one)}</td>
            <td>${one.what} <small>${one.id}</small></td>
            <td class="detail">${one.detail}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
