import type { ZodType } from 'zod';

/** A field of a JSON document, as in `lines[].sku`: positions in lists do not matter. */
export type FieldPath = string;

/** The fields of a document. Keys below a `free` path (a record) are data, not fields. */
export function fieldsOf(value: unknown, path = '', free: ReadonlySet<FieldPath> = new Set()): FieldPath[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => fieldsOf(item, `${path}[]`, free)))];
  if (typeof value !== 'object' || value === null || free.has(path)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const childPath = path === '' ? key : `${path}.${key}`;
    return [childPath, ...fieldsOf(child, childPath, free)];
  });
}

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
}

/** The fields that a JSON Schema names. */
export function fieldsOfSchema(schema: JsonSchema, path = ''): FieldPath[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const childPath = path === '' ? key : `${path}.${key}`;
    return [childPath, ...fieldsOfSchema(child, childPath)];
  });
  return schema.items === undefined ? own : [...own, ...fieldsOfSchema(schema.items, `${path}[]`)];
}

/**
 * Why a message written in the past cannot be read with this schema: it is refused, or a field of it is no longer
 * understood (a tolerant reader strips what it does not know, so a removed or renamed field would go unseen).
 */
export function incompatibilities(schema: ZodType, sample: unknown): string[] {
  const parsed = schema.safeParse(sample);
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const understood = new Set(fieldsOf(parsed.data));
  return fieldsOf(sample).flatMap((field) => (understood.has(field) ? [] : [`${field}: no longer understood`]));
}

/** The document with a field that nobody knows yet, once at each of its objects; those below a `free` path are data. */
export function withUnknownField(value: unknown, free: ReadonlySet<FieldPath> = new Set(), path = ''): unknown[] {
  if (typeof value !== 'object' || value === null || free.has(path)) return [];
  const isList = Array.isArray(value);
  const below = Object.entries(value).flatMap(([key, child]) =>
    withUnknownField(child, free, isList ? `${path}[]` : path === '' ? key : `${path}.${key}`).map((changed) =>
      isList ? value.with(Number(key), changed) : { ...value, [key]: changed },
    ),
  );
  return isList ? below : [{ ...value, addedLater: 'x' }, ...below];
}
