import { z, type ZodType } from 'zod';

/** What a writer must send (the input side of the schema), as the text of a JSON Schema 2020-12 file. */
export function jsonSchemaText(type: string, schema: ZodType): string {
  const generated = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const { $schema, ...rest } = generated;
  return `${JSON.stringify({ $schema, $id: `https://souk.dev/schemas/${type}.json`, ...rest }, null, 2)}\n`;
}
