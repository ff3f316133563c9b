import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { contracts } from '../../contracts/scripts/contract-list.ts';
import { jsonSchemaText } from '../../contracts/scripts/json-schema.ts';
import { fieldsOf, fieldsOfSchema, incompatibilities } from './compatibility.ts';
import { committedSchemas, samples } from './samples.ts';

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
