/** Pattern: External Configuration Store. Settings of all, of an environment, of a service and of one process, put together. */
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';

/** From the general to the particular: what stands in a later one wins, unless an earlier one has locked the key. */
export const SCOPES = ['global', 'environment', 'service', 'instance'] as const;
export type Scope = (typeof SCOPES)[number];
export type ScopeTexts = Readonly<Partial<Record<Scope, string>>>;

/** The key of a text that lists those which no later scope may set. */
const LOCKED = 'locked';
const lockedKeys = z.array(z.string().min(1));

export interface Scoped<T> {
  readonly values: T;
  /** Where each setting that is not a default comes from. */
  readonly from: Readonly<Record<string, Scope>>;
  readonly locked: Readonly<Record<string, Scope>>;
}

interface Layer {
  readonly scope: Scope;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly values: Readonly<Record<string, unknown>>;
  readonly locked: readonly string[];
}

/**
 * A text above the service holds settings of several services: what is not in the schema is another's.
 * @throws Error that names scope, line and key of every mistake; `setting-locked` where one is what a scope above has locked
 */
export function readScopes<S extends z.ZodObject>(schema: S, texts: ScopeTexts): Scoped<z.output<S>> {
  const layers = SCOPES.flatMap((scope) => (texts[scope] === undefined ? [] : [layerOf(scope, texts[scope], schema)]));
  const from: Record<string, Scope> = {};
  const locked: Record<string, Scope> = {};
  const given: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const layer of layers) {
    const { scope, values } = layer;
    for (const [key, value] of Object.entries(values)) {
      const lock = locked[key];
      if (lock !== undefined) problems.push(`setting-locked: ${at(layer, [key])}: ${lock} has locked it`);
      from[key] = scope;
      given[key] = value;
    }
    for (const key of layer.locked) locked[key] ??= scope;
  }
  const result = schema.safeParse(given);
  if (result.success && problems.length === 0) return { values: result.data, from, locked };
  for (const issue of result.error?.issues ?? []) {
    const key = issue.path[0] ?? (issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined);
    const layer = layers.find(({ scope }) => scope === (from[String(key)] ?? 'service'));
    problems.push(`${layer === undefined ? issue.path.join('.') : at(layer, issue.path)}: ${issue.message}`);
  }
  throw new Error(problems.join('; '));
}

function layerOf(scope: Scope, text: string, schema: z.ZodObject): Layer {
  const { document, lines } = parsedYaml(text, scope === 'service' ? '' : `${scope}, `);
  const plain: unknown = document.toJS() ?? {};
  const known = { scope, document, lines };
  if (!isMapping(plain)) throw new Error(`${at({ ...known, values: {}, locked: [] }, [])}: expected keys and values`);
  const { [LOCKED]: locks = [], ...values } = plain;
  const locked = lockedKeys.safeParse(locks);
  if (!locked.success) throw new Error(`${at({ ...known, values, locked: [] }, [LOCKED])}: expected a list of keys`);
  const isShared = scope === 'global' || scope === 'environment';
  const own = Object.entries(values).filter(([key]) => !isShared || Object.hasOwn(schema.shape, key));
  return { ...known, values: Object.fromEntries(own), locked: locked.data };
}

/** @throws Error with the line of the first mistake; it does not show what stands there, which may be a secret */
export function parsedYaml(
  text: string,
  where = '',
): { readonly document: Document.Parsed; readonly lines: LineCounter } {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) throw new Error(`${where}line ${lines.linePos(broken.pos[0]).line}: ${broken.message}`);
  return { document, lines };
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `line 3, readOnly`; with the scope where that is not the service itself. */
function at({ scope, document, lines }: Layer, path: readonly PropertyKey[]): string {
  const where = [`line ${lineOf(document, lines, path)}`, path.join('.')].filter(Boolean).join(', ');
  return scope === 'service' ? where : `${scope}, ${where}`;
}

/** Of a key, or where it is missing, of what should have it. */
export function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
