import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { ROOT } from './helm.ts';
import { openObjects, unknownKeys, type Schema } from './schemas.ts';
import { aliasesOf, CHARTS, readmeOf, valuesOf } from './values-table.ts';

const read = (chart: string, file: string): string => readFileSync(join(ROOT, 'charts', chart, file), 'utf8');
const schemaOf = (chart: string): Schema => JSON.parse(read(chart, 'values.schema.json')) as Schema;

describe.each(CHARTS)('the values of charts/%s', (chart) => {
  const schema = schemaOf(chart);
  const values = parse(read(chart, 'values.yaml')) as Record<string, unknown>;

  it('are all in the schema', () => expect(unknownKeys(schema, values, aliasesOf(chart))).toEqual([]));

  it('allow no others', () => expect(openObjects(schema)).toEqual([]));

  it('are in the README as they are in values.yaml (node tests/charts/update.ts writes it)', () => {
    const { text, wanted } = readmeOf(chart);
    expect(text).toBe(wanted);
  });
});

describe('the rules about values', () => {
  const schema: Schema = {
    type: 'object',
    additionalProperties: false,
    definitions: { size: { type: 'object', properties: { cpu: {} } } },
    properties: {
      a: { type: 'object', additionalProperties: false, properties: { b: {} } },
      size: { $ref: '#/definitions/size' },
    },
  };

  it('would see a key without a schema', () => {
    expect(unknownKeys(schema, { a: { b: 1, c: 2 }, d: 3, size: { cpu: 1, disk: 2 } })).toEqual([
      'a.c',
      'd',
      'size.disk',
    ]);
  });

  it('would see an object that takes any key', () => expect(openObjects(schema)).toEqual(['definitions.size']));

  it('read comments, defaults and blocks', () => {
    const yaml = '# First.\na: 1\n# Of b.\nb:\n  # Of c.\n  c: []\n  d: { e: x }\n# Another chart.\nother:\n  f: 1\n';
    expect(valuesOf(yaml, ['other'])).toEqual([
      { path: 'a', fallback: '1', comment: 'First.' },
      { path: 'b', fallback: '', comment: 'Of b.' },
      { path: 'b.c', fallback: '[]', comment: 'Of c.' },
      { path: 'b.d', fallback: '{e:x}', comment: '' },
      { path: 'other', fallback: 'see values.yaml', comment: 'Another chart.' },
    ]);
  });
});
