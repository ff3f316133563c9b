import type { Mark, Observations } from '../run/observations.ts';
import type { Verdict } from '../run/verdict.ts';
import type { Frame } from './frame.ts';
import { sign } from './hypotheses.ts';
import { html, type Html } from './html.ts';
import { date, duration, figure, moment } from './numbers.ts';

/** A promise of the shop to its customers, and what this run did to it (measure/slo.ts). */
export interface Budget {
  readonly name: string;
  readonly promise: string;
  readonly objective: number;
  readonly unit: string;
  readonly figure?: number | undefined;
  /** 1: all that may go wrong has. */
  readonly budgetUsed?: number | undefined;
  readonly ok: boolean;
}

export function budgetSection(budgets: readonly Budget[]): Html | undefined {
  if (budgets.length === 0) return undefined;
  return html`<section aria-labelledby="budget">
    <h2 id="budget">Error budget used</h2>
    <p class="lead">Were every hour like this run, so much of what may go wrong would have.</p>
    <ul class="meters">
      ${budgets.map(meter)}
    </ul>
  </section>`;
}

function meter({ name, promise, objective, unit, figure: seen, budgetUsed, ok }: Budget): Html {
  const width = Math.min(100, Math.max(0, (budgetUsed ?? 0) * 100));
  const mark = seen === undefined ? html`<span class="sign">–</span>` : sign(ok);
  return html`<li class="${seen === undefined || ok ? 'held' : 'failed'}">
    <div>${mark} <b>${name.replaceAll('-', ' ')}</b> <span class="number">${used(budgetUsed)}</span></div>
    <i class="meter" aria-hidden="true"><i style="width: ${width}%"></i></i>
    <p>${promise}: ${figure(seen, unit)} seen, ${figure(objective, unit)} promised</p>
  </li>`;
}

function used(budget: number | undefined): string {
  if (budget === undefined) return 'nothing seen';
  return budget < 10
    ? `${figure(Math.round(budget * 100), '%')} of the budget`
    : `${figure(Math.round(budget), '×')} the budget`;
}

export function recoverySection({ recoverySeconds }: Verdict): Html | undefined {
  const times = Object.entries(recoverySeconds);
  if (times.length === 0) return undefined;
  const longest = Math.max(...times.map(([, seconds]) => seconds), 1);
  return html`<section aria-labelledby="recovery">
    <h2 id="recovery">How long it took to recover</h2>
    <p class="lead">From the moment the fault began to be undone.</p>
    <ul class="meters">
      ${times.map(
        ([what, seconds]) =>
          html`<li>
            <div><b>${what}</b> <span class="number">${figure(seconds, 's')}</span></div>
            <i class="meter" aria-hidden="true"><i style="width: ${Math.max(0, (seconds / longest) * 100)}%"></i></i>
          </li>`,
      )}
    </ul>
  </section>`;
}

const KINDS: Readonly<Record<Mark['what'], string>> = {
  phase: 'phase',
  fault: 'fault',
  undone: 'undone',
  process: 'process',
  note: 'note',
};

export function eventsSection({ marks }: Observations, { zero }: Frame): Html | undefined {
  if (marks.length === 0) return undefined;
  return html`<section aria-labelledby="events">
    <h2 id="events">What happened when</h2>
    <ol class="events">
      ${marks
        .toSorted((one, other) => one.at - other.at)
        .map(
          ({ at, what, text }) =>
            html`<li class="${KINDS[what] ?? 'note'}">
              <span class="number">${moment(at - zero)}</span> <span class="kind">${KINDS[what] ?? what}</span>
              <span>${text}</span>
            </li>`,
        )}
    </ol>
  </section>`;
}

export function repeatSection(verdict: Verdict): Html {
  const { seed, command, startedAt, tookMs, commit, machine, on, settings } = verdict;
  const facts: readonly (readonly [string, string])[] = [
    ['Began', date(startedAt)],
    ['Took', duration(tookMs)],
    ['Seed', String(seed)],
    ['Commit', commit],
    ['On', on === 'host' ? 'processes of this machine' : 'pods of a cluster'],
    ['Machine', machine],
  ];
  return html`<section aria-labelledby="repeat">
    <h2 id="repeat">Repeat it</h2>
    <pre><code>${command}</code></pre>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    ${
      settings.length === 0
        ? undefined
        : html`<h3>Settings</h3>
            <ul class="settings">
              ${settings.map((line) => html`<li>${line}</li>`)}
            </ul>`
    }
  </section>`;
}
