import { describe, expect, it } from '@jest/globals';
import { identityKnobs, identityUser } from '@souk/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z, type ZodType } from 'zod';
import { apis } from '../../contracts/dist/api/apis.js';
import { contracts } from '../../contracts/scripts/contract-list.ts';
import { jsonSchemaText } from '../../contracts/scripts/json-schema.ts';
import { fieldsOf, fieldsOfSchema, incompatibilities, withUnknownField } from './compatibility.ts';
import { committedSchemas, samples } from './samples.ts';

/** Below is what the caller sends on to somebody else. */
const FREE = new Set(['requests[].body']);
/** Of the identity provider, which is not one of the shop's services. */
const OTHER_INPUTS = [identityKnobs, identityUser];
const list = contracts();
const all = samples();
const schemas = committedSchemas();

describe('golden samples', () => {
  it.each(all)('$file is read in full by the current schema', ({ type, value }) => {
    const schema = list.get(type);
    expect(schema === undefined ? [`no schema for ${type}`] : incompatibilities(schema, value)).toEqual([]);
  });

  it.each([...list.keys()])('every field of %s stands in a sample, so that losing it is noticed', (type) => {
    // Types that share a schema, as the order events do, show its optional fields between them.
    const kin = all.filter((sample) => list.get(sample.type) === list.get(type));
    const shown = new Set(kin.flatMap(({ value }) => fieldsOf(value)));
    const published = fieldsOfSchema(JSON.parse(schemas.get(type) ?? '{}') as object);
    expect(published.filter((field) => !shown.has(field))).toEqual([]);
  });
});

describe('a field that nobody knows yet, wherever it stands', () => {
  const inputs = new Set<ZodType | undefined>([
    ...OTHER_INPUTS,
    ...Object.values(apis).flatMap(({ operations }) => operations.flatMap(({ body, query }) => [body, query])),
  ]);
  const isInput = (type: string): boolean => inputs.has(list.get(type));
  const read = (type: string, value: unknown) =>
    withUnknownField(value, FREE).map((changed) => ({ changed, error: list.get(type)?.safeParse(changed).error }));

  it.each(all.filter(({ type }) => !isInput(type)))('is passed over by who reads $file', ({ type, value }) => {
    expect(read(type, value).filter(({ error }) => error !== undefined)).toEqual([]);
  });

  it.each(all.filter(({ type }) => isInput(type)))(
    'is refused in $file, which somebody asks for',
    ({ type, value }) => {
      expect(read(type, value).filter(({ error }) => error === undefined)).toEqual([]);
    },
  );

  it('has been tried on both', () => {
    expect(all.filter(({ type }) => isInput(type)).length).toBeGreaterThan(10);
    expect(all.filter(({ type }) => !isInput(type)).length).toBeGreaterThan(40);
  });
});

describe('JSON Schemas in contracts/schemas', () => {
  it('are exactly those of the zod schemas (node contracts/scripts/generate-schemas.ts writes them)', () => {
    const generated = new Map([...list].map(([type, schema]) => [type, jsonSchemaText(type, schema)]));
    expect([...schemas.keys()].sort()).toEqual([...generated.keys()].sort());
    for (const [type, text] of generated) expect(schemas.get(type)).toBe(text);
  });

  it.each(all)('$file is valid for a reader without zod', ({ type, value }) => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const valid = ajv.validate(JSON.parse(schemas.get(type) ?? '{}') as object, value);
    expect({ valid, errors: ajv.errors }).toEqual({ valid: true, errors: null });
  });
});

describe('the compatibility check', () => {
  const published = z.object({
    orderId: z.string(),
    note: z.string().optional(),
    lines: z.array(z.object({ sku: z.string() })),
  });
  const sample = { orderId: 'o1', note: 'ring twice', lines: [{ sku: 'TEA' }] };

  it('accepts a new optional field', () => {
    expect(incompatibilities(published.extend({ gift: z.boolean().optional() }), sample)).toEqual([]);
  });

  it('notices a removed optional field', () => {
    expect(incompatibilities(published.omit({ note: true }), sample)).toEqual(['note: no longer understood']);
  });

  it('notices a renamed field inside a list', () => {
    const renamed = published.extend({ lines: z.array(z.object({ code: z.string().default('') })) });
    expect(incompatibilities(renamed, sample)).toEqual(['lines[].sku: no longer understood']);
  });

  it('notices a new required field and a narrowed type', () => {
    const narrowed = published.extend({ gift: z.boolean(), orderId: z.uuid() });
    expect(incompatibilities(narrowed, sample)).toEqual([
      expect.stringContaining('orderId: '),
      expect.stringContaining('gift: '),
    ]);
  });
});
