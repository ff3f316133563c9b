import { styleText } from 'node:util';
import type { TraceNode, TraceTree } from './tree.ts';

const MIN_WIDTH = 72;
const MAX_WIDTH = 200;
const MAX_SERVICE = 12;
const MIN_NAME = 24;
const MAX_NAME = 64;
const MIN_BAR = 20;
const TIMES = 'offset ms   took ms'.length;
/** Spaces before the line and between its five columns. */
const GAPS = 2 + 2 + 2 + 2;
const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const COLOURS = ['cyan', 'green', 'yellow', 'magenta', 'blue', 'white'] as const;

interface Columns {
  readonly service: number;
  readonly name: number;
  readonly bar: number;
}

/** The spans of a trace as lines of a terminal, one a span, caller before callee, with a bar on a common time scale. */
export function waterfall(tree: TraceTree, terminalWidth: number, batches: BatchSizes = new Map()): string[] {
  const lines = tree.roots.flatMap((root) => below(root, '', '')).map((line) => labelled(line, batches));
  const columns = columnsFor(lines, tree, Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, terminalWidth)));
  const service = 'service'.padEnd(columns.service);
  const header = `  ${service}  ${'span'.padEnd(columns.name)}  offset ms   took ms`;
  return [styleText('dim', header), ...lines.map((line) => render(line, tree, columns))];
}

/** How many messages a batch had, by the id of the span that handled them all. */
export type BatchSizes = ReadonlyMap<string, number>;

interface Line {
  readonly node: TraceNode;
  readonly label: string;
}

function below(node: TraceNode, branch: string, indent: string): { node: TraceNode; branch: string }[] {
  const last = node.children.length - 1;
  return [
    { node, branch },
    ...node.children.flatMap((child, index) =>
      below(child, `${indent}${index === last ? '└' : '├'}`, `${indent}${index === last ? ' ' : '│'}`),
    ),
  ];
}

function labelled({ node, branch }: { node: TraceNode; branch: string }, batches: BatchSizes): Line {
  const { span, orphan } = node;
  const marks = `${orphan ? '? ' : ''}${span.status.code === 'error' ? '✖ ' : ''}`;
  return { node, label: `${branch}${marks}${span.name}${linksOf(span, batches)}` };
}

/** A message that was handled together with others is linked to the handling of all of them. */
function linksOf({ links }: TraceNode['span'], batches: BatchSizes): string {
  if (links.length === 0) return '';
  const size = links.map(({ spanId }) => batches.get(spanId)).find((one) => one !== undefined);
  if (size !== undefined) return ` ↔ batch of ${size}`;
  return links.length === 1 ? ' ↔ link' : ` ↔ ${links.length} links`;
}

function columnsFor(lines: readonly Line[], tree: TraceTree, width: number): Columns {
  const service = Math.min(MAX_SERVICE, Math.max(7, ...tree.services.map((one) => one.length)));
  const rest = width - service - TIMES - GAPS - 2;
  const longest = Math.max(...lines.map(({ label }) => label.length), MIN_NAME);
  const name = Math.min(longest, MAX_NAME, Math.max(MIN_NAME, rest - MIN_BAR));
  return { service, name, bar: Math.max(8, rest - name) };
}

function render({ node, label }: Line, tree: TraceTree, columns: Columns): string {
  const { span, offsetMs, durationMs } = node;
  const colour = COLOURS[tree.services.indexOf(span.service) % COLOURS.length] ?? 'white';
  const paint = span.status.code === 'error' ? 'red' : colour;
  const service = styleText(colour, clip(span.service, columns.service));
  const name = span.status.code === 'error' ? styleText('red', clip(label, columns.name)) : clip(label, columns.name);
  const times = `${ms(offsetMs).padStart(9)} ${ms(durationMs).padStart(9)}`;
  const bar = barOf(node, tree.durationMs, columns.bar);
  return `  ${service}  ${name}  ${times}  ${bar.before}${styleText(paint, bar.bar)}`;
}

function barOf({ offsetMs, durationMs }: TraceNode, totalMs: number, width: number): { before: string; bar: string } {
  const scale = totalMs > 0 ? width / totalMs : 0;
  const from = Math.min(Math.max(0, Math.floor(offsetMs * scale)), width - 1);
  const eighths = Math.max(1, Math.min(Math.round(durationMs * scale * 8), (width - from) * 8));
  return { before: ' '.repeat(from), bar: '█'.repeat(Math.floor(eighths / 8)) + (PARTS[eighths % 8] ?? '') };
}

const ms = (value: number): string => (value < 9_999.95 ? value.toFixed(1) : value.toFixed(0));

const clip = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
