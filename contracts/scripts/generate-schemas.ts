// Writes contracts/schemas/<type>.json from the zod schemas. Run after a change of the contracts:
//   npx tsc -b contracts && node contracts/scripts/generate-schemas.ts
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contracts } from './contract-list.ts';
import { jsonSchemaText } from './json-schema.ts';

const folder = join(import.meta.dirname, '..', 'schemas');
const list = contracts();
await mkdir(folder, { recursive: true });
for (const [type, schema] of list) await writeFile(join(folder, `${type}.json`), jsonSchemaText(type, schema));
for (const file of await readdir(folder)) {
  if (!list.has(file.replace(/\.json$/, ''))) await rm(join(folder, file));
}
console.log(`${list.size} schemas written to contracts/schemas`);
