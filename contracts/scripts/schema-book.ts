import { z, type ZodType } from 'zod';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonSchema = { [key: string]: Json };
export type Side = 'input' | 'output';

const PREFIX = '#/components/schemas/';
const UNNAMED = '~';
/** Where zod puts what refers to itself, which of ours only `z.json()` does. */
const SHARED = '__shared';
/** A format says it; the regular expressions behind them fill half a page each. */
const FORMATS = new Set(['date-time', 'date', 'uuid']);

/**
 * JSON Schemas of zod schemas, the named ones by reference. A schema whose two sides differ (defaults: a writer may leave the
 * field out, a reader finds it) has the name with `Input` behind it for the written side, where somebody reads it as well.
 */
export class SchemaBook {
  readonly #names: Readonly<Record<string, ZodType>>;
  readonly #target: 'draft-2020-12' | 'draft-07';
  readonly #twoSided: ReadonlySet<string>;
  readonly #used = new Map<string, JsonSchema>();

  /** @param read the schemas of all answers: only what is both written and read needs two names */
  constructor(
    names: Readonly<Record<string, ZodType>>,
    read: readonly ZodType[],
    target: 'draft-2020-12' | 'draft-07',
  ) {
    this.#names = names;
    this.#target = target;
    this.#twoSided = this.#findTwoSided(read);
  }

  /** The schema, or a reference to its component, which is then among `components`. */
  of(schema: ZodType, side: Side): JsonSchema {
    const found = Object.entries(this.#names).find(([, named]) => named === schema);
    const rename = (name: string): string => (side === 'input' && this.#twoSided.has(name) ? `${name}Input` : name);
    const all = this.#convert(side, rename, schema);
    const result = found === undefined ? all[UNNAMED] : { $ref: PREFIX + rename(found[0]) };
    if (result === undefined) throw new Error('zod made no schema of it');
    const byFinalName = new Map(Object.entries(all).map(([name, json]) => [rename(name), json]));
    for (const name of reachable(result, byFinalName)) this.#used.set(name, byFinalName.get(name) ?? {});
    return result;
  }

  /** What `of` has referred to so far, by name. */
  components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#used].sort(([a], [b]) => a.localeCompare(b, 'en')));
  }

  #convert(side: Side, rename: (name: string) => string, extra: ZodType): Record<string, JsonSchema> {
    const registry = z.registry<{ id: string }>();
    for (const [name, schema] of Object.entries(this.#names)) registry.add(schema, { id: name });
    if (!registry.has(extra)) registry.add(extra, { id: UNNAMED });
    const { schemas } = z.toJSONSchema(registry, {
      io: side,
      target: this.#target,
      unrepresentable: 'any',
      uri: (id) => PREFIX + rename(id),
      override: tidy,
    });
    return Object.fromEntries(
      Object.entries(schemas).flatMap(([name, schema]) => (name === SHARED ? [] : [[name, plain(schema)]])),
    );
  }

  #findTwoSided(read: readonly ZodType[]): ReadonlySet<string> {
    const same = (name: string): string => name;
    const [input, output] = [this.#convert('input', same, z.never()), this.#convert('output', same, z.never())];
    const differing = new Set(Object.keys(input).filter((name) => !isEqual(input[name], output[name])));
    for (let before = -1; before !== differing.size;) {
      before = differing.size;
      for (const [name, json] of Object.entries(input))
        if (refsIn(json).some((ref) => differing.has(ref))) differing.add(name);
    }
    const all = new Map(Object.entries(output));
    const roots = read.map((schema) => this.#convert('output', same, schema));
    const reached = read.flatMap((schema, index) => {
      const named = Object.entries(this.#names).find(([, candidate]) => candidate === schema)?.[0];
      return reachable(named === undefined ? (roots[index]?.[UNNAMED] ?? {}) : { $ref: PREFIX + named }, all);
    });
    return new Set(reached.filter((name) => differing.has(name)));
  }
}

/** An object is closed where the contract says so (strictObject), not because zod strips what it does not know. */
function tidy({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const { def } = zodSchema._zod;
  if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
  if (FORMATS.has(String(jsonSchema.format))) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

function plain(schema: object): JsonSchema {
  const { $schema: _dialect, $id: _id, id: _name, ...rest } = JSON.parse(JSON.stringify(schema), anyJson) as JsonSchema;
  return rest;
}

/** "Any JSON" is the empty schema, and so is "any JSON or null". */
function anyJson(_key: string, value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (String(value.$ref).includes(SHARED)) return {};
  return Array.isArray(value.anyOf) && value.anyOf.some((one) => isEqual(one, {})) ? {} : value;
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function refsIn(json: Json): string[] {
  if (typeof json !== 'object' || json === null) return [];
  if (Array.isArray(json)) return json.flatMap(refsIn);
  return Object.entries(json).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value.slice(PREFIX.length)] : refsIn(value),
  );
}

function reachable(from: JsonSchema, all: ReadonlyMap<string, JsonSchema>): string[] {
  const seen = new Set<string>();
  const visit = (json: Json): void => {
    for (const name of refsIn(json)) {
      if (seen.has(name)) continue;
      seen.add(name);
      visit(all.get(name) ?? {});
    }
  };
  visit(from);
  return [...seen];
}
