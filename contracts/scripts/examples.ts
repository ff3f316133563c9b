import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ZodType } from 'zod';
import { contracts } from './contract-list.ts';
import type { Json } from './schema-book.ts';

const SAMPLES = join(import.meta.dirname, '..', 'samples');

/** A golden sample: `order@rejected` is the sample `http.order@rejected.json`. */
export interface Example {
  readonly name: string;
  readonly value: Json;
}

/** What fits the seeded shop comes first: the reference shows the first one, ready to be tried. */
const seededFirst = (a: string, b: string): number =>
  Number(b.includes('@seeded')) - Number(a.includes('@seeded')) || a.localeCompare(b, 'en');

/** The golden samples of HTTP bodies, by their schema. */
export function httpExamples(): (schema: ZodType | undefined) => readonly Example[] {
  const list = contracts();
  const all = readdirSync(SAMPLES)
    .filter((file) => file.startsWith('http.'))
    .sort(seededFirst)
    .map((file) => {
      const [name = '', type = ''] = /^http\.((.*?)(?:@.*)?)\.json$/.exec(file)?.slice(1) ?? [];
      return {
        name,
        schema: list.get(`http.${type}`),
        value: JSON.parse(readFileSync(join(SAMPLES, file), 'utf8')) as Json,
      };
    });
  return (schema) => (schema === undefined ? [] : all.filter((sample) => sample.schema === schema));
}

/** The first golden sample of a message type. */
export function messageExample(type: string): Json | undefined {
  const file = readdirSync(SAMPLES)
    .sort()
    .find((name) => name.startsWith(`${type}.`) || name.startsWith(`${type}@`));
  return file === undefined ? undefined : (JSON.parse(readFileSync(join(SAMPLES, file), 'utf8')) as Json);
}
