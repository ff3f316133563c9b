import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { filesBelow, GENERATED, generatedFiles } from '../../clients/typescript/scripts/generate-client.ts';
import { documents } from '../../contracts/scripts/documents.ts';
import { problemStatusTable } from '../../contracts/scripts/problem-answers.ts';
import { CONTRACTS, examplesOf, openApiDocuments, SchemaChecker } from './api-documents.ts';

const generated = documents();
const all = [...openApiDocuments()].map(([file, document]) => ({ file, document }));
const publicDocument = all[0]?.document;

describe('the committed documents', () => {
  it.each([...generated.keys()])(
    '%s is what the contracts say now (node contracts/scripts/generate-documents.ts writes them)',
    (file) => {
      const path = join(CONTRACTS, file);
      expect(existsSync(path) ? readFileSync(path, 'utf8') : undefined).toBe(generated.get(file));
    },
  );

  it('are all of them', () => {
    const committed = readdirSync(join(CONTRACTS, 'openapi')).map((file) => `openapi/${file}`);
    expect([...committed, 'openapi.json', 'asyncapi.json'].sort()).toEqual([...generated.keys()].sort());
  });
});

describe('OpenAPI', () => {
  it.each(all)('$file is valid 3.1 to a validator that nobody here wrote', async ({ document }) => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate({ ...document });
    expect({ valid, errors, version: validator.version }).toEqual({ valid: true, errors: undefined, version: '3.1' });
  });

  it.each(all)('every reference of $file leads somewhere', ({ document }) => {
    expect(deadReferences(document)).toEqual([]);
  });

  it.each(all)('every example of $file fits its schema', ({ document }) => {
    const checker = new SchemaChecker(document);
    const wrong = examplesOf(document).flatMap(({ where, schema, value }) =>
      checker.errors(schema, value).map((error) => `${where}: ${error}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has an example of every body with a name that is sent or answered', () => {
    const operations = Object.values(publicDocument?.paths ?? {}).flatMap((methods) => Object.values(methods));
    const without = operations.flatMap(({ operationId, requestBody, responses }) =>
      [requestBody, ...Object.values(responses)].flatMap((body) => {
        const { schema, examples } = body?.content?.['application/json'] ?? {};
        return schema !== undefined && '$ref' in schema && examples === undefined ? [operationId] : [];
      }),
    );
    expect(without).toEqual([]);
  });

  it('names each operation once', () => {
    const ids = Object.values(publicDocument?.paths ?? {}).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(ids.length).toBeGreaterThan(20);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it.each(['/api/batch', '/api/activity'])('promises of %s no fault of an upstream and no read-only shop', (path) => {
    const codes = (at: string) =>
      Object.values(publicDocument?.paths[at]?.['post']?.responses ?? {}).flatMap(
        (one) => one['x-problem-codes'] ?? [],
      );
    const passedOn = [
      'read-only',
      'upstream-invalid',
      'upstream-overloaded',
      'upstream-timeout',
      'upstream-unavailable',
    ];
    expect(codes('/api/orders')).toEqual(expect.arrayContaining(passedOn));
    expect(codes(path)).toContain('malformed-json');
    expect(codes(path).filter((code) => passedOn.includes(code))).toEqual([]);
  });

  it('knows the status of every problem code as docs/problems.md does', () => {
    const text = readFileSync(join(CONTRACTS, '..', 'docs', 'problems.md'), 'utf8');
    const documented = new Map(
      [...text.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [code, Number(status)]),
    );
    const wrong = Object.entries(problemStatusTable).filter(([code, status]) => documented.get(code) !== status);
    expect(wrong).toEqual([]);
  });
});

describe('these checks', () => {
  const small = () => ({
    openapi: '3.1.1',
    info: { title: 'x', version: '1' },
    paths: {
      '/a': {
        get: {
          operationId: 'a',
          responses: {
            200: {
              description: 'd',
              content: {
                'application/json': {
                  schema: { $ref: '#/components/schemas/A' },
                  examples: { a: { $ref: '#/components/examples/a' } },
                },
              },
            },
          },
        },
      },
    },
    components: {
      schemas: { A: { type: 'object', properties: { n: { type: 'integer' } } } },
      examples: { a: { value: { n: 1 } } },
    },
  });

  it('accept a sound document', async () => {
    expect(deadReferences(small())).toEqual([]);
    expect(
      examplesOf(small()).flatMap(({ schema, value }) => new SchemaChecker(small()).errors(schema, value)),
    ).toEqual([]);
    expect((await new Validator().validate(small())).valid).toBe(true);
  });

  it('notice a misplaced key, a dead reference, an example that does not fit and a field that is not documented', async () => {
    const misplaced = { ...small(), paths: { '/a': { get: { responses: { 200: { content: {} } } } } } };
    expect((await new Validator().validate(misplaced)).valid).toBe(false);
    expect(deadReferences({ ...small(), components: { schemas: {}, examples: {} } })).toHaveLength(2);
    const schema = { $ref: '#/components/schemas/A' };
    expect(new SchemaChecker(small()).errors(schema, { n: 'one' })).toHaveLength(1);
    expect(new SchemaChecker(small()).errors(schema, { n: 1, extra: true })).toEqual([]);
    expect(new SchemaChecker(small(), { closed: true }).errors(schema, { n: 1, extra: true })).toHaveLength(1);
  });
});

describe('the typed client', () => {
  it('is what the public document says now (node clients/typescript/scripts/generate.ts writes it)', async () => {
    const [now, committed] = [await generatedFiles(), await filesBelow(GENERATED)];
    expect([...committed.keys()]).toEqual([...now.keys()]);
    for (const [file, text] of now) expect({ file, text: committed.get(file) }).toEqual({ file, text });
  });
});

function deadReferences(document: object): string[] {
  const text = JSON.stringify(document);
  const references = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = '']) => target));
  return [...references].filter((target) => {
    const steps = target.replace('#/', '').split('/');
    return (
      steps.reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document) === undefined
    );
  });
}
