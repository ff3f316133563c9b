import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml';
import { ROOT } from './helm.ts';

export const CHARTS = ['service', 'souk', 'infra'] as const;
export type Chart = (typeof CHARTS)[number];

const BEGIN = '<!-- values: written by node tests/charts/update.ts out of values.yaml -->';
const END = '<!-- end of values -->';
/** Maps that are one value to the reader. */
const WHOLE = new Set(['resources', 'settings']);

/** A row of the reference: `path.to.value`, its default as one line of YAML, the comment above it. */
export interface Value {
  readonly path: string;
  readonly fallback: string;
  readonly comment: string;
}

/** Every value of a chart, with the comment that stands above it. A block of another chart's values is one row. */
export function valuesOf(yaml: string, blocks: readonly string[] = []): Value[] {
  const { contents } = parseDocument(yaml);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  return rows(contents, '', blocks);
}

function rows(map: YAMLMap, prefix: string, blocks: readonly string[]): Value[] {
  return map.items.flatMap((pair, index): Value[] => {
    const key = pair.key as Node & { value: string };
    const path = `${prefix}${key.value}`;
    const comment = oneLine(key.commentBefore ?? (index === 0 ? (map.commentBefore ?? '') : ''));
    const { value } = pair as Pair<Node, Node>;
    if (blocks.includes(path)) return [{ path, fallback: 'see values.yaml', comment }];
    if (!isMap(value) || value.items.length === 0 || WHOLE.has(key.value) || value.flow === true)
      return [{ path, fallback: asText(value), comment }];
    const inner = rows(value, `${path}.`, blocks);
    const [first] = inner;
    // What is said above a block is said of its first value, unless that has a comment of its own.
    const own = first?.comment === comment || comment === '' ? [] : [{ path, fallback: '', comment }];
    return [...own, ...inner];
  });
}

const oneLine = (comment: string): string => comment.replaceAll(/\s+/g, ' ').trim();

function asText(node: Node | null): string {
  if (node === null) return 'null';
  const value: unknown = node.toJSON();
  return isScalar(node)
    ? value === ''
      ? "''"
      : String(value)
    : JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ');
}

export function tableOf(chart: Chart): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const escape = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const code = (text: string): string => (text === '' ? '' : `\`${text}\``);
  const values = valuesOf(readFileSync(join(ROOT, 'charts', chart, 'values.yaml'), 'utf8'), aliasesOf(chart));
  return [
    line(['value', 'default', 'what it is']),
    line(['---', '---', '---']),
    ...values.map(({ path, fallback, comment }) => line([code(path), code(fallback), escape(comment)])),
  ].join('\n');
}

/** The names under which a chart takes the values of another. */
export function aliasesOf(chart: Chart): string[] {
  const text = readFileSync(join(ROOT, 'charts', chart, 'Chart.yaml'), 'utf8');
  return [...text.matchAll(/alias: ([\w-]+)/g)].map(([, alias = '']) => alias);
}

/** The README of a chart with the table that its values.yaml makes. */
export function readmeOf(chart: Chart): { path: string; text: string; wanted: string } {
  const path = join(ROOT, 'charts', chart, 'README.md');
  const text = readFileSync(path, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${path} lacks the line ${BEGIN} or ${END}`);
  return { path, text, wanted: `${before}${BEGIN}\n\n${tableOf(chart)}\n\n${END}${after}` };
}

export function writeReadmes(): void {
  for (const chart of CHARTS) {
    const { path, wanted } = readmeOf(chart);
    writeFileSync(path, wanted);
  }
}
