import { createHash } from 'node:crypto';
import type { serviceSettings } from '@souk/contracts';
import { type Document, isMap, parseDocument } from 'yaml';
import { CliError } from '../errors.ts';

export type Schemas = typeof serviceSettings;

export interface Change {
  readonly service: string;
  readonly key: string;
  /** Undefined takes the key out: its default is in force again. */
  readonly value: unknown;
}

export interface SettingLine {
  readonly name: string;
  readonly value: unknown;
  readonly isDefault: boolean;
  readonly description: string;
}

/** `gateway.readOnly=true` → a change; the value is read as YAML reads it, and checked when all changes of a service are known. */
export function parseChange(text: string): Change {
  const [, service, key, value] = /^([a-z-]+)\.([A-Za-z]+)=(.*)$/s.exec(text) ?? [];
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
  const [service = '', key] = text.split('.', 2);
  return { service, key };
}

/** The text of the settings with the changes made, comments kept. @throws CliError when the service would refuse it */
export function editSettings(schemas: Schemas, service: string, text: string, changes: readonly Change[]): string {
  const { document } = parsed(service, text);
  if (isMap(document.contents) && document.contents.items.length === 0) document.contents.flow = false;
  for (const { key, value } of changes) {
    if (value === undefined) document.delete(key);
    else document.set(key, value);
  }
  const next = document.contents === null ? text : document.toString({ lineWidth: 0 });
  readSettings(schemas, service, next);
  return next;
}

/** What a service makes of the text. @throws CliError when it would refuse it */
export function readSettings(schemas: Schemas, service: string, text: string): Record<string, unknown> {
  const schema = schemaOf(schemas, service);
  const result = schema.safeParse(parsed(service, text).plain ?? {});
  if (result.success) return result.data;
  throw refused(
    service,
    result.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')),
  );
}

/** Every setting of a service with the value that the text gives it. */
export function listSettings(schemas: Schemas, service: string, text: string): SettingLine[] {
  const values = readSettings(schemas, service, text);
  const { plain: given } = parsed(service, text);
  const set = new Set(typeof given === 'object' && given !== null ? Object.keys(given) : []);
  return Object.entries(schemaOf(schemas, service).shape).map(([key, schema]) => ({
    name: `${service}.${key}`,
    value: values[key] ?? null,
    isDefault: !set.has(key),
    description: schema.description ?? '',
  }));
}

/** As strict as the services (@souk/config): a key that is there twice is an error. */
function parsed(service: string, text: string): { document: Document.Parsed; plain: unknown } {
  const document = parseDocument(text, { uniqueKeys: true });
  const problems = document.errors.map(({ message }) => message);
  if (problems.length > 0) throw refused(service, problems);
  try {
    return { document, plain: document.toJS() };
  } catch (error) {
    // An alias without an anchor is found only here.
    throw refused(service, [error instanceof Error ? error.message : String(error)]);
  }
}

/** As the services compute it (@souk/config): by it a replica tells which text is in force. */
export function settingsHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function schemaOf(schemas: Schemas, service: string): Schemas[keyof Schemas] {
  if (Object.hasOwn(schemas, service)) return schemas[service as keyof Schemas];
  throw new CliError(
    `'${service}' has no settings`,
    `those have: ${Object.keys(schemas).join(', ')}`,
    './souk config list',
  );
}

function refused(service: string, problems: readonly string[]): CliError {
  return new CliError(
    `${service} would refuse these settings; nothing was written`,
    problems.join('; '),
    './souk config list',
  );
}
