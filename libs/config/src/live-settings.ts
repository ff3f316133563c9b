import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Watched, WatchedFile } from './watched-file.js';

/**
 * Settings that a running process follows: a YAML file under a strict schema with a default for every key. No file, an empty one
 * or none that was ever good means the defaults.
 */
export function liveSettings<S extends z.ZodType<object>>(schema: S, file: string | undefined): Watched<z.output<S>> {
  return new WatchedFile<z.output<S>>({
    name: 'settings',
    file,
    fallback: schema.parse({}),
    parse: (text) => parseSettings(schema, text),
  });
}

/** @throws Error that names line and key of every mistake, and what was expected there */
export function parseSettings<S extends z.ZodType<object>>(schema: S, text: string): z.output<S> {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) throw broken;
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const where = [`line ${lineOf(document, lines, path)}`, path.join('.')].filter(Boolean).join(', ');
    return `${where}: ${message}`;
  });
  throw new Error(problems.join('; '));
}

/** Of a key, or where it is missing, of what should have it. */
function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
