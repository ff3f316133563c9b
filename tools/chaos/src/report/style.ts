import { asProperties, DARK, LIGHT } from './palette.ts';

const BASE = `
:root { color-scheme: light dark; ${asProperties(LIGHT)} }
@media screen and (prefers-color-scheme: dark) { :root { ${asProperties(DARK)} } }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  overflow-wrap: break-word;
}
body::before {
  content: ''; display: block; height: 6px;
  background: repeating-linear-gradient(90deg, #9a3412 0 1.5rem, #ffe9c7 1.5rem 3rem);
}
main { width: min(70rem, 100%); margin-inline: auto; padding: 1.25rem clamp(1rem, 4vw, 2.5rem) 4rem; }
h1, h2, h3, p, figure, ul, ol, dl, dd, pre { margin: 0; }
h1 { font-size: clamp(1.7rem, 1.2rem + 2.4vw, 2.75rem); line-height: 1.12; letter-spacing: -0.02em; text-wrap: balance; }
h2 { font-size: 1.3rem; line-height: 1.25; letter-spacing: -0.01em; }
h3 { font-size: 1rem; line-height: 1.3; }
small { color: var(--quiet); font-size: 0.8125rem; white-space: nowrap; font-weight: 400; }
section { margin-top: 3.5rem; }
a { color: inherit; text-underline-offset: 0.2em; text-decoration-color: var(--first); }
:focus-visible { outline: 3px solid var(--first); outline-offset: 2px; }
code, pre { font: 0.9375rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre {
  margin-top: 1rem; padding: 0.9rem 1.1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere;
}
.lead { margin-top: 0.3rem; color: var(--quiet); max-width: 44rem; }
.number, .figure { font-variant-numeric: tabular-nums; white-space: nowrap; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.brand { font-weight: 700; letter-spacing: -0.01em; }
.brand span { color: var(--quiet); font-weight: 400; }
.sign { font-weight: 700; position: relative; }
.sign.good { color: var(--good); }
.sign.bad { color: var(--bad); }
`;

const VERDICT = `
.verdict { margin-top: 2.75rem; }
.verdict, .side { --said: var(--good); }
.verdict.fail, .side.fail { --said: var(--bad); }
.verdict.aborted, .verdict.broken, .side.aborted, .side.broken { --said: var(--warn); }
.stamp {
  display: inline-flex; gap: 0.5em; margin-bottom: 0.9rem; padding: 0.2rem 0.75rem; border: 2px solid var(--said);
  border-radius: 99px; color: var(--said); font-weight: 700; font-size: 0.9375rem;
}
.summary { margin-top: 1rem; max-width: 46rem; font-size: clamp(1.125rem, 1rem + 0.6vw, 1.375rem); line-height: 1.45; }
.summary b { color: var(--quiet); font-weight: 600; }
.ended { margin-top: 0.9rem; color: var(--said); font-weight: 600; }
.ended span { color: var(--quiet); font-weight: 400; }
.alarm { padding: 1.1rem 1.25rem; border: 2px solid var(--bad); border-radius: 10px; background: var(--card); }
.alarm h2 { color: var(--bad); }
.alarm ul { margin-top: 0.5rem; padding-left: 1.2rem; }
`;

const TABLES = `
table { width: 100%; margin-top: 1rem; border-collapse: collapse; }
th { text-align: left; font-weight: 600; }
thead th { padding: 0.4rem 0.6rem; color: var(--quiet); font-size: 0.8125rem; border-bottom: 1px solid var(--line); }
td { padding: 0.6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.checks td:first-child, .checks th:first-child { width: 1.9rem; padding-inline: 0.25rem; }
.checks .number { text-align: right; }
.checks .part th { padding: 1.4rem 0.25rem 0.35rem; font-size: 0.9375rem; border-bottom: 1px solid var(--line); }
.checks .failed td:nth-child(2), .checks .failed b { color: var(--bad); font-weight: 600; }
.detail { color: var(--quiet); max-width: 26rem; }
.gauge {
  position: relative; display: block; width: 7rem; height: 4px; margin: 0.35rem 0 0 auto; border-radius: 2px;
  background: var(--line);
}
.gauge .bar { position: absolute; inset: 0 auto 0 0; border-radius: 2px; background: var(--quiet); }
.failed .gauge .bar { background: var(--bad); }
.gauge .bound { position: absolute; top: -3px; bottom: -3px; width: 2px; margin-left: -1px; background: var(--ink); }
@media (max-width: 40rem) {
  .checks thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .checks tr { display: grid; grid-template-columns: 1.7rem 1fr auto; border-bottom: 1px solid var(--line); }
  .checks tr.part { display: block; border: 0; }
  .checks .part th { display: block; width: auto; padding-inline: 0; }
  .checks td { padding: 0.3rem 0.2rem; border: 0; }
  .checks tr > :nth-child(2) { grid-column: 2 / -1; padding-top: 0.6rem; }
  .checks tr > :nth-child(1) { padding-top: 0.6rem; }
  .checks tr > :nth-child(3) { grid-column: 2; text-align: left; padding-bottom: 0.6rem; }
  .checks tr > .detail { grid-column: 2 / -1; }
  .gauge { margin-left: 0; }
}
`;

const CHARTS = `
.charts { container-type: inline-size; display: flex; flex-direction: column; margin-top: 1.25rem; padding: 1.25rem 1.5rem 0.5rem; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
.charts > * { --gutter: 10rem; --sums: 13.5rem; }
.timeline, .axis { position: relative; margin: 0 var(--sums) 0 var(--gutter); }
.timeline { height: 1.5rem; margin-bottom: 1.25rem; font-size: 0.75rem; }
.timeline span { position: absolute; inset-block: 0; padding: 0.1rem 0.4rem; overflow: hidden; text-overflow: clip; white-space: nowrap; color: var(--quiet); border-left: 1px solid var(--line); }
.timeline b { font-weight: 600; }
.timeline .fault { border-left: 1px solid var(--fault); border-bottom: 3px solid var(--fault); color: var(--ink); }
.timeline .heal { border-left: 1px dotted var(--fault); }
.chart { padding-bottom: 1.75rem; break-inside: avoid; }
.quiet { order: 1; display: flex; flex-wrap: wrap; gap: 0 0.75rem; align-items: baseline; padding-bottom: 0.5rem; }
.quiet figcaption p { display: none; }
.quiet h3 { font-size: 0.875rem; }
.quiet .still { margin: 0; flex: 1 1 20rem; }
figcaption p, .still { color: var(--quiet); font-size: 0.8125rem; }
.plot { position: relative; height: 3rem; touch-action: pan-y; }
.lines > .plot { height: 11rem; margin: 1rem var(--sums) 0 var(--gutter); }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; pointer-events: none; }
.curve { fill: none; stroke: var(--first); stroke-width: 2px; stroke-linecap: round; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.curve.line-2 { stroke: var(--second); stroke-dasharray: 5 4; }
.grid { stroke: var(--line); stroke-width: 1px; fill: none; vector-effect: non-scaling-stroke; }
.y { position: absolute; right: calc(100% + 0.5rem); transform: translateY(50%); color: var(--quiet); font-size: 0.75rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.band { position: absolute; inset-block: 0; border-left: 1px solid var(--fault); }
.band.fault { background: repeating-linear-gradient(135deg, color-mix(in srgb, var(--fault) 22%, transparent) 0 2px, color-mix(in srgb, var(--fault) 7%, transparent) 2px 7px); }
.band.healing { background: color-mix(in srgb, var(--fault) 9%, transparent); border-left-style: dotted; }
.cursor { position: absolute; inset-block: 0; left: var(--at, 0); width: 1px; background: var(--ink); opacity: 0; }
.pointing .cursor { opacity: 0.6; }
.axis { height: 1.4rem; }
.axis span { position: absolute; top: 0.3rem; transform: translateX(-50%); color: var(--quiet); font-size: 0.75rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.legend { margin-top: 0.4rem; font-size: 0.875rem; }
.legend [role='row'] { display: grid; grid-template-columns: minmax(0, 1fr) repeat(3, 4.5rem); align-items: center; padding-block: 0.15rem; }
.rows .legend [role='row'] { grid-template-columns: var(--gutter) minmax(0, 1fr) repeat(3, 4.5rem); }
.rows .plot { height: 2.1rem; border-bottom: 1px solid var(--line); }
.rows .legend.strips [role='row'] { grid-template-columns: var(--gutter) minmax(0, 1fr) var(--sums); }
.head { color: var(--quiet); font-size: 0.75rem; }
.head span:not(.name), .figure { text-align: right; }
.head .name { color: var(--quiet); grid-column: 1; white-space: nowrap; }
.rows .head .name { grid-column: 1 / 3; padding-left: var(--gutter); }
.name { overflow-wrap: anywhere; }
.now { font-variant-numeric: tabular-nums; font-weight: 700; }
.swatch { display: inline-block; width: 1.4rem; margin-right: 0.5rem; border-top: 3px solid var(--first); vertical-align: middle; }
.line-2 .swatch { border-top: 3px dashed var(--second); }
.rows .swatch { display: none; }
.strips .plot { border: 0; height: 1.6rem; }
.strips rect { fill: var(--good); }
.strips .figure { white-space: normal; }
.strips .state-1 { fill: var(--bad); }
.strips .state-2 { fill: var(--warn); }
.still::first-letter { text-transform: uppercase; }
.still { margin-top: 0.6rem; }
@container (max-width: 36rem) {
  .charts > * { --gutter: 2.6rem; --sums: 0rem; }
  .rows .legend .head { display: grid; padding: 0; }
  .rows .head .name { padding: 0; grid-column: 1 / -1; }
  .rows .head [role='columnheader']:not(.name) { display: none; }
  .rows .legend [role='row'], .rows .legend.strips [role='row'] { grid-template-columns: repeat(3, 1fr); padding-block: 0.4rem; }
  .rows .name, .rows .cell { grid-column: 1 / -1; }
  .rows .figure { text-align: left; padding-top: 0.2rem; font-size: 0.8125rem; }
  .rows .figure::before { content: attr(data-label); display: block; color: var(--quiet); font-size: 0.75rem; }
  .rows .strips .figure::before { content: none; }
  .rows .strips .figure { grid-column: 1 / -1; }
  .rows .axis { margin: 0; }
  .timeline { display: none; }
  .legend [role='row'] { grid-template-columns: minmax(0, 1fr) repeat(3, 3.7rem); }
}
@media (max-width: 40rem) { .charts { padding-inline: 0.9rem; } }
`;

const PAGES = `
.word { display: none; }
.runs td p { color: var(--quiet); font-size: 0.9375rem; max-width: 40rem; }
.runs .stamp { margin: 0; white-space: nowrap; }
.runs td.number, .runs th.number { text-align: right; }
.sides { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.25rem; align-items: start; }
.sides > * { min-width: 0; }
.side.card { padding: 1.25rem 1.4rem; border: 1px solid var(--line); border-top: 4px solid var(--said); border-radius: 10px; background: var(--card); }
.card h2 { font-size: 1rem; }
.card h2 small { white-space: normal; }
.card .stamp { margin: 0.8rem 0 0.4rem; }
.card .deciding { font-size: clamp(1.6rem, 1.2rem + 1.6vw, 2.4rem); font-weight: 700; line-height: 1.2; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.card .long { font-size: 1.125rem; letter-spacing: 0; }
.decides { margin-top: 1rem; max-width: 46rem; }
.both td.number, .both th.number { text-align: right; }
.which { margin-top: 1.25rem; }
.both .decisive { background: color-mix(in srgb, var(--first) 9%, transparent); }
@media (max-width: 50rem) { .sides { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 40rem) {
  .runs thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .runs tr { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; padding-block: 1rem; border-bottom: 1px solid var(--line); }
  .runs td { padding: 0; border: 0; }
  .runs td:nth-child(2) { flex-basis: 100%; }
  .runs td:nth-child(n + 3) { color: var(--quiet); font-size: 0.875rem; }
  .word { display: inline; }
  .both thead th:last-child, .both td:last-child { display: none; }
  .both td, .both th { padding-inline: 0.3rem; }
}
`;

const REST = `
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 3rem; }
ul.meters, ol.events, ul.runs { list-style: none; padding: 0; }
.meters { margin-top: 1rem; }
.meters li { padding-block: 0.5rem; }
.meters div { display: flex; gap: 0.6rem; align-items: baseline; }
.meters .number { margin-left: auto; font-weight: 600; }
.meters p { color: var(--quiet); font-size: 0.8125rem; }
.meter { display: block; height: 6px; margin-block: 0.25rem; border-radius: 3px; background: var(--line); overflow: hidden; }
.meter i { display: block; height: 100%; background: var(--second); }
.failed .meter i { background: var(--bad); }
.events { margin-top: 1rem; font-size: 0.9375rem; }
.events li { display: grid; grid-template-columns: 4.75rem 4.5rem minmax(0, 1fr); gap: 0 0.75rem; padding-block: 0.3rem; border-bottom: 1px solid var(--line); }
.events .number { text-align: right; color: var(--quiet); }
.events .kind { color: var(--quiet); }
.events .fault .kind, .events .undone .kind { color: var(--first); font-weight: 600; }
.events .phase { font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: 0.9rem 2rem; margin-top: 1.25rem; }
.facts dt { color: var(--quiet); font-size: 0.8125rem; }
.facts dd { overflow-wrap: anywhere; }
#repeat ~ h3 { margin-top: 1.5rem; }
.settings { margin-top: 0.4rem; padding-left: 1.2rem; }
@media (max-width: 40rem) {
  section { margin-top: 2.75rem; }
  .events li { grid-template-columns: 4.25rem minmax(0, 1fr); }
  .events li > :last-child { grid-column: 2; }
}
@media print {
  :root { --paper: #ffffff; }
  body { font-size: 10pt; }
  main { width: 100%; padding: 0; }
  section { margin-top: 1.6rem; }
  .chart, .checks tr, .meters li, .events li { break-inside: avoid; }
  h2, .lead { break-after: avoid; }
  .band, .meter i, .gauge .bar, .strips rect { print-color-adjust: exact; }
}
`;

export const STYLE = BASE + VERDICT + TABLES + CHARTS + PAGES + REST;
