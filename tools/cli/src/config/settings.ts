import { createHash } from 'node:crypto';
import type { Scope, Scoped } from '@souk/config';
import type { routeTable, serviceSettings, sharedSettings } from '@souk/contracts';
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import { CliError } from '../errors.ts';
import { isShared, ROUTES } from './documents.ts';
import type { Shared } from './documents.ts';

/** Of every document that processes follow. */
export type Schemas = typeof serviceSettings & { readonly routes: typeof routeTable } & Partial<
    Record<Shared, typeof sharedSettings>
  >;

export interface Change {
  readonly service: string;
  /** With dots where it is inside another: `upstreams.catalog.canary.weight`. */
  readonly key: string;
  /** Undefined takes the key out: its default is in force again. */
  readonly value: unknown;
}

export interface SettingLine {
  readonly name: string;
  readonly value: unknown;
  readonly isDefault: boolean;
  /** Where the value comes from; null for the default. */
  readonly scope: Scope | null;
  /** The scope that lets none below it set the value. */
  readonly lockedBy: Scope | null;
  readonly description: string;
}

/** `gateway.readOnly=true` → a change; the value is read as YAML reads it, and checked when all changes of a service are known. */
export function parseChange(text: string): Change {
  const [, service, key, value] = /^([a-z-]+)\.([\w-]+(?:\.[\w-]+)*)=(.*)$/s.exec(text) ?? [];
  if (service === undefined || key === undefined || value === undefined)
    throw new CliError(
      `'${text}' is not a setting`,
      'it has no <service>.<key>=<value>',
      'for example gateway.readOnly=true',
    );
  const document = parseDocument(value);
  return { service, key, value: document.errors.length > 0 ? value : (document.toJS() ?? null) };
}

/** `gateway.readOnly` → its parts; the key may be missing. */
export function parseName(text: string): { service: string; key: string | undefined } {
  const [service = '', ...key] = text.split('.');
  return { service, key: key.length === 0 ? undefined : key.join('.') };
}

/** The text of the settings with the changes made, comments kept. @throws CliError when the service would refuse it */
export function editSettings(schemas: Schemas, service: string, text: string, changes: readonly Change[]): string {
  const { document } = parsed(service, text);
  if (isMap(document.contents) && document.contents.items.length === 0) document.contents.flow = false;
  for (const { key, value } of changes) {
    checkIndexes(document, service, key, value !== undefined);
    if (value === undefined) document.deleteIn(pathOf(key));
    else document.setIn(pathOf(key), value);
  }
  const next = document.contents === null ? text : document.toString({ lineWidth: 0 });
  readSettings(schemas, service, next);
  return next;
}

const pathOf = (key: string): (string | number)[] =>
  key.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));

/** An entry of a list is there, or is added whole right behind the last: others would be filled in with nothing. */
function checkIndexes(document: Document.Parsed, service: string, key: string, isAdded: boolean): void {
  const path = pathOf(key);
  for (const [depth, part] of path.entries()) {
    const list: unknown = document.getIn(path.slice(0, depth), true);
    if (!isSeq(list) || typeof part !== 'number' || part < list.items.length) continue;
    const { length } = list.items;
    if (isAdded && part === length && depth === path.length - 1) continue;
    const name = [service, ...path.slice(0, depth)].join('.');
    throw new CliError(
      `there is no ${name}.${part}; nothing was written`,
      `${name} has ${length} entries, counted from 0`,
      `./souk config get ${service}; ${name}.${length}={…} adds one`,
    );
  }
}

/** Why a service would refuse the text; undefined where it would not. @throws CliError when nothing has that name */
export function refusalOf(schemas: Schemas, service: string, text: string): string | undefined {
  try {
    readSettings(schemas, service, text);
    return undefined;
  } catch (error) {
    if (error instanceof RefusedError) return error.why;
    throw error;
  }
}

/** What a service makes of the text. @throws CliError when it would refuse it */
export function readSettings(schemas: Schemas, service: string, text: string): Record<string, unknown> {
  const schema = schemaOf(schemas, service);
  const { document, plain, lines } = parsed(service, text);
  const result = schema.safeParse(withoutLocks(service, plain) ?? {});
  if (result.success) return result.data;
  throw refused(
    service,
    result.error.issues.map(({ path, message }) => {
      const where = [`line ${lineOf(document, lines, path)}`, path.join('.')].filter(Boolean).join(', ');
      return `${where}: ${message}`;
    }),
  );
}

/** What a service locks for its instances is no setting of it; all scopes together are checked with it. */
function withoutLocks(service: string, plain: unknown): unknown {
  if (isShared(service) || service === ROUTES || typeof plain !== 'object' || plain === null) return plain;
  return Object.fromEntries(Object.entries(plain).filter(([key]) => key !== 'locked'));
}

/** Of a key, or where it is missing, of what should have it; as the services say it (@souk/config). */
function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/**
 * Every setting of a service with its value, as the text gives it or as all scopes do; of what all follow, those that it sets; none of
 * what has entries of another kind, as routes have.
 */
export function listSettings(
  schemas: Schemas,
  service: string,
  text: string,
  scoped: Scoped<Record<string, unknown>> = ownOnly(schemas, service, text),
): SettingLine[] {
  const { values, from, locked } = scoped;
  const schema = schemaOf(schemas, service);
  if (!('shape' in schema) || service === ROUTES) return [];
  const shown = Object.entries(schema.shape).filter(([key]) => !isShared(service) || from[key] !== undefined);
  return shown.map(([key, { description }]) => ({
    name: `${service}.${key}`,
    value: values[key] ?? null,
    isDefault: from[key] === undefined,
    scope: from[key] ?? null,
    lockedBy: locked[key] ?? null,
    description: description ?? '',
  }));
}

function ownOnly(schemas: Schemas, service: string, text: string): Scoped<Record<string, unknown>> {
  const values = readSettings(schemas, service, text);
  const { plain: given } = parsed(service, text);
  const scope = isShared(service) ? service : 'service';
  const set = typeof given === 'object' && given !== null ? Object.keys(given) : [];
  return { values, from: Object.fromEntries(set.map((key) => [key, scope])), locked: {} };
}

/** As strict as the services (@souk/config): a key that is there twice is an error. */
function parsed(service: string, text: string): { document: Document.Parsed; plain: unknown; lines: LineCounter } {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, lineCounter: lines });
  const problems = document.errors.map(({ message }) => message);
  if (problems.length > 0) throw refused(service, problems);
  try {
    return { document, plain: document.toJS(), lines };
  } catch (error) {
    // An alias without an anchor is found only here.
    throw refused(service, [error instanceof Error ? error.message : String(error)]);
  }
}

/** As the services compute it (@souk/config): by it a replica tells which text is in force. */
export function settingsHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function schemaOf(schemas: Schemas, service: string): NonNullable<Schemas[keyof Schemas]> {
  const schema = Object.hasOwn(schemas, service) ? schemas[service as keyof Schemas] : undefined;
  if (schema !== undefined) return schema;
  throw new CliError(
    `'${service}' has no settings`,
    `those have: ${Object.keys(schemas).join(', ')}`,
    './souk config list',
  );
}

/** A text that the processes which follow it would not take. */
class RefusedError extends CliError {}

function refused(service: string, problems: readonly string[]): RefusedError {
  return new RefusedError(
    `${service} would refuse these settings; nothing was written`,
    problems.join('; '),
    `./souk config get ${service}`,
  );
}
